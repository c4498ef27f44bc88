<?php
// The settings of the WordPress of a test. What differs from run to run comes
// from the environment of the process; which site a request is for, from the
// header that the test's own proxy sets: each has a database of its own.

if ( ! defined( 'ABSPATH' ) ) { // WordPress sets it, but for scripts that load this file first
	define( 'ABSPATH', __DIR__ . '/' );
}

define( 'DB_NAME', 'site_' . (int) ( $_SERVER['HTTP_X_TOUCHLINE_SITE'] ?? 0 ) );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:' . getenv( 'TOUCHLINE_SOCKET' ) );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );

foreach ( array( 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ) as $name ) {
	define( $name . '_KEY', getenv( 'TOUCHLINE_SECRET' ) . $name );
	define( $name . '_SALT', $name . getenv( 'TOUCHLINE_SECRET' ) );
}
$table_prefix = 'wp_';

// The site's address is the one that it is asked at: the port is another each time.
define( 'WP_HOME', 'http://' . ( $_SERVER['HTTP_HOST'] ?? 'localhost' ) );
define( 'WP_SITEURL', WP_HOME );

// Without it WordPress refuses application passwords over plain http.
define( 'WP_ENVIRONMENT_TYPE', 'local' );

// Nothing happens but by a request, and nobody is called.
define( 'DISABLE_WP_CRON', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'DISALLOW_FILE_MODS', true );
define( 'WP_DEBUG', false );

require_once ABSPATH . 'wp-settings.php';
