NAME          LONE
* minimise 2 x + 3 z where x + z >= 4.5; x up to 10, z up to 10 and whole. z = 0: 9.
ROWS
 N  COST
 G  NEED
COLUMNS
    X         COST      2.0          NEED      1.0
    M1        'MARKER'                 'INTORG'
    Z         COST      3.0          NEED      1.0
    M2        'MARKER'                 'INTEND'
RHS
    RHS       NEED      4.5
BOUNDS
 UP BND       X         10.0
 UP BND       Z         10.0
ENDATA
