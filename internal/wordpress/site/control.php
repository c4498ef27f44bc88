<?php
// What the test asks of the server: whether it is up, the one installation, and
// an empty site of its own for each test, which is a copy of that.

if ( ! hash_equals( (string) getenv( 'TOUCHLINE_SECRET' ), $_SERVER['HTTP_X_TOUCHLINE_SECRET'] ?? '' ) ) {
	http_response_code( 403 );
	return;
}
header( 'Content-Type: application/json' );
mysqli_report( MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT );

function touchline_db(): mysqli {
	return new mysqli( 'localhost', 'root', '', '', 0, (string) getenv( 'TOUCHLINE_SOCKET' ) );
}

function touchline_install( string $dialect ): array {
	$db = touchline_db();
	$db->query( 'CREATE DATABASE site_0 CHARACTER SET utf8mb4' );
	define( 'WP_INSTALLING', true );
	chdir( $_SERVER['DOCUMENT_ROOT'] );
	require $_SERVER['DOCUMENT_ROOT'] . '/wp-load.php';
	require_once ABSPATH . 'wp-admin/includes/upgrade.php';
	wp_install( 'Rondo Club', 'beheer', 'beheer@example.org', false, '', wp_generate_password( 24 ) );
	update_option( 'permalink_structure', '/%postname%/' );
	flush_rewrite_rules();

	// Ids as the simulator has them, so that answers can be compared as they are.
	$db->select_db( 'site_0' );
	$db->query( 'ALTER TABLE wp_users AUTO_INCREMENT = 7' );
	$user = wp_insert_user(
		array(
			'user_login' => 'touchline-sync', 'user_pass' => wp_generate_password( 24 ),
			'user_email' => 'sync@example.org', 'role' => 'administrator',
		)
	);
	$reader = wp_insert_user(
		array(
			'user_login' => 'reader', 'user_pass' => wp_generate_password( 24 ),
			'user_email' => 'reader@example.org', 'role' => 'subscriber',
		)
	);
	list( $password ) = WP_Application_Passwords::create_new_application_password( $user, array( 'name' => 'touchline' ) );
	list( $other )    = WP_Application_Passwords::create_new_application_password( $reader, array( 'name' => 'touchline' ) );
	rondo_first_content();
	$db->query( 'ALTER TABLE wp_posts AUTO_INCREMENT = 101' );
	return array(
		'username' => 'touchline-sync', 'password' => $password,
		'reader' => 'reader', 'reader_password' => $other, 'version' => $GLOBALS['wp_version'],
	);
}

function touchline_copy( int $number, string $dialect, string $teams ): array {
	$db = touchline_db();
	$db->query( "CREATE DATABASE site_$number CHARACTER SET utf8mb4" );
	foreach ( $db->query( 'SHOW TABLES FROM site_0' )->fetch_all() as list( $table ) ) {
		$db->query( "CREATE TABLE site_$number.$table LIKE site_0.$table" );
		$db->query( "INSERT INTO site_$number.$table SELECT * FROM site_0.$table" );
	}
	$db->query( "ALTER TABLE site_$number.wp_posts AUTO_INCREMENT = 101" );
	foreach ( array( 'rondo_dialect' => $dialect, 'rondo_teams' => $teams ) as $name => $value ) {
		$value = $db->real_escape_string( $value );
		$db->query( "REPLACE INTO site_$number.wp_options (option_name, option_value, autoload) VALUES ('$name', '$value', 'yes')" );
	}
	return array();
}

$number = (int) ( $_GET['site'] ?? 0 );
switch ( substr( $path, 3 ) ) {
	case 'ready':
		try {
			touchline_db()->query( 'SELECT 1' );
		} catch ( mysqli_sql_exception $e ) {
			http_response_code( 503 );
		}
		$answer = array();
		break;
	case 'install':
		$answer = touchline_install( 'fields' );
		break;
	case 'copy':
		$answer = touchline_copy( $number, (string) ( $_GET['dialect'] ?? '' ), (string) ( $_GET['teams'] ?? '' ) );
		break;
	case 'drop':
		touchline_db()->query( "DROP DATABASE IF EXISTS site_$number" );
		$answer = array();
		break;
	default:
		http_response_code( 404 );
		$answer = array();
}
echo json_encode( $answer );
