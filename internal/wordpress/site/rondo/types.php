<?php
// Post types and taxonomies, who may see a post, and its title.

add_action(
	'init',
	function () {
		$hidden = array(
			'public' => false, 'publicly_queryable' => false, 'show_ui' => true, 'show_in_rest' => true,
			'query_var' => false, 'rewrite' => false, 'capability_type' => 'post', 'has_archive' => false,
		);
		foreach (
			array(
				'person'          => array( 'people', array( 'title', 'thumbnail', 'comments', 'author' ) ),
				'team'            => array( 'teams', array( 'title', 'editor', 'thumbnail', 'author' ) ),
				'commissie'       => array( 'commissies', array( 'title', 'editor', 'thumbnail', 'author' ) ),
				'discipline_case' => array( 'discipline-cases', array( 'title', 'author' ) ),
				'rondo_todo'      => array( 'todos', array( 'title', 'author' ) ),
			) as $type => list( $base, $supports )
		) {
			register_post_type( $type, array_merge( $hidden, array( 'label' => $type, 'rest_base' => $base, 'supports' => $supports ) ) );
		}
		foreach ( array( 'rondo_open', 'rondo_awaiting', 'rondo_completed' ) as $status ) {
			register_post_status( $status, array( 'label' => $status, 'public' => false, 'internal' => true ) );
		}
		// No theme has it; some sites do, by a plug-in of their own.
		if ( get_option( 'rondo_teams' ) ) {
			add_post_type_support( 'person', 'custom-fields' );
			register_post_meta( 'person', 'team', array( 'type' => 'string', 'single' => true, 'show_in_rest' => true, 'sanitize_callback' => 'sanitize_text_field' ) );
		}
		foreach ( array( 'relationship_type' => 'person', 'seizoen' => 'discipline_case' ) as $taxonomy => $type ) {
			register_taxonomy( $taxonomy, $type, array( 'public' => false, 'show_ui' => true, 'show_in_rest' => true, 'hierarchical' => false, 'rewrite' => false, 'query_var' => false ) );
		}
	}
);

/** What a new site holds, with the ids of the simulator. */
function rondo_first_content(): void {
	$made = array();
	foreach ( array( 'Parent', 'Child', 'Sibling', 'Friend' ) as $name ) {
		$made[ $name ] = wp_insert_term( $name, 'relationship_type' )['term_id'];
	}
	foreach ( array( 'Parent' => 'Child', 'Child' => 'Parent', 'Sibling' => 'Sibling', 'Friend' => 'Friend' ) as $name => $inverse ) {
		update_term_meta( $made[ $name ], 'inverse', $made[ $inverse ] );
	}
	wp_insert_post( array( 'import_id' => 11, 'post_type' => 'team', 'post_status' => 'publish', 'post_title' => 'JO11-2' ) );
	wp_insert_post( array( 'import_id' => 12, 'post_type' => 'commissie', 'post_status' => 'publish', 'post_title' => 'Jeugdcommissie' ) );
}

// A visitor sees nobody, without a word in a list and with one for a single person;
// what lies in the trash is shown to nobody.
add_filter(
	'rest_person_query',
	function ( $args ) {
		if ( ! is_user_logged_in() ) {
			$args['post__in'] = array( 0 );
		}
		return $args;
	}
);
add_filter(
	'rest_prepare_person',
	function ( $response, $post ) {
		if ( ! is_user_logged_in() ) {
			return new WP_Error( 'rest_forbidden', 'You do not have permission to access this resource.', array( 'status' => 403 ) );
		}
		if ( $post->post_status === 'trash' ) {
			return new WP_Error( 'rest_forbidden', 'This item has been deleted.', array( 'status' => 404 ) );
		}
		return $response;
	},
	10,
	2
);

// The title is made of the names, after the answer to a request is put together.
add_filter(
	'rest_pre_insert_person',
	function ( $post ) {
		if ( ! is_wp_error( $post ) && empty( $post->ID ) && empty( $post->post_title ) ) {
			$post->post_title = 'New Person';
		}
		return $post;
	},
	5
);
add_action( 'rest_after_insert_person', fn( $post ) => rondo_title( $post->ID ), 20 );

function rondo_title( int $id ): void {
	$title = rondo_name( $id );
	wp_update_post( wp_slash( array( 'ID' => $id, 'post_title' => $title, 'post_name' => sanitize_title( $title . '-' . $id ) ) ) );
}

function rondo_name( int $id ): string {
	$fields = rondo_stored( $id );
	$parts  = array_filter( array( $fields['first_name'] ?? '', $fields['infix'] ?? '', $fields['last_name'] ?? '' ) );
	return $parts ? implode( ' ', $parts ) : 'Unnamed Person';
}
