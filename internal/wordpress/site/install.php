<?php
// WordPress asks this file, in its content folder, what a new site holds in place
// of its own examples: nothing but the category that every site has.

function wp_install_defaults( $user_id ) {
	global $wpdb;
	$wpdb->insert( $wpdb->terms, array( 'term_id' => 1, 'name' => 'Uncategorized', 'slug' => 'uncategorized', 'term_group' => 0 ) );
	$wpdb->insert( $wpdb->term_taxonomy, array( 'term_id' => 1, 'taxonomy' => 'category', 'description' => '', 'parent' => 0, 'count' => 0 ) );
	update_option( 'default_category', 1 );
}
