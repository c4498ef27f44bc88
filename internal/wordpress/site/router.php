<?php
// What PHP's own server asks for each request. Below /-/ the test itself talks;
// all else is WordPress', whose permalinks need this rule: what is no file is
// index.php.

$path = (string) parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH );
if ( strpos( $path, '/-/' ) === 0 ) {
	require __DIR__ . '/control.php';
	return true;
}
if ( $path !== '/' && substr( $path, -4 ) !== '.php' && is_file( $_SERVER['DOCUMENT_ROOT'] . $path ) ) {
	return false;
}
$_SERVER['SCRIPT_NAME']     = '/index.php';
$_SERVER['PHP_SELF']        = '/index.php';
$_SERVER['SCRIPT_FILENAME'] = $_SERVER['DOCUMENT_ROOT'] . '/index.php';
chdir( $_SERVER['DOCUMENT_ROOT'] );
require $_SERVER['DOCUMENT_ROOT'] . '/index.php';
