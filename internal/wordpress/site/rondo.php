<?php
/**
 * Plugin Name: What a test knows of Rondo Club
 *
 * Registers what the theme of Rondo Club registers, as far as docs/systems/rondoclub.md
 * knows it, in both of its dialects: the property `fields`, and `acf` of the older
 * theme. WordPress itself does the rest: routes, sign-in, pages, schemas, the trash.
 * It is no copy of the theme and not fit for a club.
 */

// Nobody is called and nobody gets mail; to ask oneself would wait for ever in a
// server that answers one request at a time.
add_filter( 'pre_http_request', fn() => new WP_Error( 'http_request_blocked', 'A test calls nobody.' ) );
add_filter( 'pre_wp_mail', '__return_true' );

require __DIR__ . '/rondo/types.php';
require __DIR__ . '/rondo/table.php';
require __DIR__ . '/rondo/fields.php';
require __DIR__ . '/rondo/acf.php';
require __DIR__ . '/rondo/save.php';
require __DIR__ . '/rondo/routes.php';
require __DIR__ . '/rondo/roles.php';

/** Which property this site has: 'fields' or 'acf'. */
function rondo_dialect(): string {
	return get_option( 'rondo_dialect', 'fields' );
}
