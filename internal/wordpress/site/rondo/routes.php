<?php
// The theme's own routes that touchline calls, and one that merges two persons as
// somebody at the site does.

add_action(
	'rest_api_init',
	function () {
		$may = fn() => current_user_can( 'manage_options' );
		register_rest_route( 'rondo/v1', '/version', array( 'methods' => 'GET', 'permission_callback' => '__return_true', 'callback' => 'rondo_version' ) );
		register_rest_route(
			'rondo/v1',
			'/people/find-by-email',
			array(
				'methods' => 'GET', 'permission_callback' => $may, 'callback' => 'rondo_find_by_email',
				'args' => array( 'email' => array( 'required' => true, 'type' => 'string', 'format' => 'email' ) ),
			)
		);
		register_rest_route(
			'rondo/v1',
			'/people/filtered',
			array(
				'methods' => 'GET', 'permission_callback' => 'is_user_logged_in', 'callback' => 'rondo_filtered',
				'args' => array(
					'page'                => array( 'type' => 'integer', 'default' => 1, 'minimum' => 1 ),
					'per_page'            => array( 'type' => 'integer', 'default' => 20, 'minimum' => 1, 'maximum' => 100 ),
					'huidig_vrijwilliger' => array( 'type' => 'string' ),
				),
			)
		);
		if ( rondo_dialect() === 'fields' ) {
			register_rest_route( 'rondo/v1', '/people/(?P<id>\d+)/merge-target', array( 'methods' => 'GET', 'permission_callback' => $may, 'callback' => 'rondo_merge_target' ) );
		}
		$sees = fn( $request ) => current_user_can( 'manage_options' ) && get_post_type( (int) $request['id'] ) === 'person' && get_post_status( (int) $request['id'] ) !== 'trash';
		register_rest_route(
			'rondo/v1',
			'/people/(?P<id>\d+)/activities',
			array(
				array( 'methods' => 'GET', 'permission_callback' => $sees, 'callback' => 'rondo_activities' ),
				array( 'methods' => 'POST', 'permission_callback' => $sees, 'callback' => 'rondo_add_activity' ),
			)
		);
		register_rest_route(
			'rondo/v1',
			'/people/(?P<id>\d+)/todos',
			array(
				array( 'methods' => 'GET', 'permission_callback' => $sees, 'callback' => 'rondo_todos' ),
				array( 'methods' => 'POST', 'permission_callback' => $sees, 'callback' => 'rondo_add_todo' ),
			)
		);
		register_rest_route(
			'rondo/v1',
			'/people/(?P<id>\d+)/photo',
			array(
				'methods' => 'POST', 'callback' => 'rondo_photo',
				'permission_callback' => fn( $request ) => $may() && get_post_type( (int) $request['id'] ) === 'person',
			)
		);
		register_rest_route( 'touchline-test/v1', '/people/(?P<id>\d+)/merge', array( 'methods' => 'POST', 'permission_callback' => $may, 'callback' => 'rondo_merge' ) );
	}
);

function rondo_version(): array {
	return array( 'version' => rondo_dialect() === 'acf' ? '25.2.0' : '31.2.0' );
}

/** Persons of one state, in the order of their ids. */
function rondo_persons( string $status ): array {
	return get_posts( array( 'post_type' => 'person', 'post_status' => $status, 'numberposts' => -1, 'orderby' => 'ID', 'order' => 'ASC', 'fields' => 'ids' ) );
}

function rondo_find_by_email( WP_REST_Request $request ): array {
	$wanted  = strtolower( $request['email'] );
	$matches = array();
	foreach ( array( 'publish', 'trash' ) as $status ) {
		foreach ( rondo_persons( $status ) as $id ) {
			$fields    = rondo_stored( $id );
			$addresses = array( $fields['email_1'] ?? '', $fields['email_2'] ?? '' );
			foreach ( $fields['contact_info'] ?? array() as $row ) {
				$addresses[] = $row['contact_value'];
			}
			if ( in_array( $wanted, array_map( 'strtolower', $addresses ), true ) ) {
				$matches[] = array( 'id' => $id, 'status' => $status );
			}
		}
	}
	if ( rondo_dialect() === 'acf' ) {
		$published = array_filter( $matches, fn( $m ) => $m['status'] === 'publish' );
		return array( 'id' => $published ? $published[0]['id'] : null );
	}
	return array( 'matches' => $matches );
}

function rondo_filtered( WP_REST_Request $request ): array {
	$people = array();
	foreach ( rondo_persons( 'publish' ) as $id ) {
		$flag = ! empty( rondo_stored( $id )[ rondo_key( 'huidig_vrijwilliger' ) ] );
		if ( (string) $request['huidig_vrijwilliger'] === '' || ( $request['huidig_vrijwilliger'] === '1' ) === $flag ) {
			$people[] = array( 'id' => $id, rondo_dialect() => rondo_read( $id, rondo_table() ) );
		}
	}
	return array(
		'people'      => array_slice( $people, ( $request['page'] - 1 ) * $request['per_page'], $request['per_page'] ),
		'total'       => count( $people ),
		'total_pages' => (int) ceil( count( $people ) / $request['per_page'] ),
	);
}

/** Follows merges, up to 20, to one who is published. */
function rondo_merge_target( WP_REST_Request $request ) {
	$at = (int) $request['id'];
	for ( $i = 0; $i < 20; $i++ ) {
		$at = (int) get_post_meta( $at, 'rondo_merged_into', true );
		if ( ! $at ) {
			break;
		}
		if ( get_post_status( $at ) === 'publish' ) {
			return array( 'person_id' => (int) $request['id'], 'merged_into_person_id' => $at );
		}
	}
	return new WP_Error( 'rondo_person_merge_target_not_found', 'Voor deze persoon is geen actief samengevoegd profiel gevonden.', array( 'status' => 404 ) );
}

/** The one who is merged lies in the trash afterwards. */
function rondo_merge( WP_REST_Request $request ): array {
	update_post_meta( (int) $request['id'], 'rondo_merged_into', (int) $request['into'] );
	wp_trash_post( (int) $request['id'] );
	return array();
}

/** What took place with a person: comments of a type of their own, latest first. */
function rondo_activities( WP_REST_Request $request ): array {
	return array_map(
		'rondo_activity',
		get_comments( array( 'post_id' => (int) $request['id'], 'type' => 'rondo_activity', 'status' => 'approve', 'orderby' => 'comment_ID', 'order' => 'DESC' ) )
	);
}

function rondo_add_activity( WP_REST_Request $request ) {
	$content = wp_kses_post( (string) $request->get_param( 'content' ) );
	if ( $content === '' ) {
		return new WP_Error( 'empty_content', 'Activity description is required.', array( 'status' => 400 ) );
	}
	$id = wp_insert_comment(
		array(
			'comment_post_ID' => (int) $request['id'], 'comment_content' => $content, 'comment_type' => 'rondo_activity',
			'user_id' => get_current_user_id(), 'comment_approved' => 1,
		)
	);
	foreach ( array( 'activity_type', 'activity_date', 'activity_time' ) as $key ) {
		$value = sanitize_text_field( (string) $request->get_param( $key ) );
		if ( $value !== '' ) {
			update_comment_meta( $id, $key, $value );
		}
	}
	return rondo_activity( get_comment( $id ) );
}

/** An activity as the timeline shows it: links open in a window of their own. */
function rondo_activity( WP_Comment $comment ): array {
	$out = array(
		'id'        => (int) $comment->comment_ID,
		'type'      => 'activity',
		'content'   => str_replace( '<a href=', '<a target="_blank" rel="noopener noreferrer" href=', make_clickable( $comment->comment_content ) ),
		'person_id' => (int) $comment->comment_post_ID,
		'author_id' => (int) $comment->user_id,
		'author'    => get_the_author_meta( 'display_name', (int) $comment->user_id ),
		'created'   => $comment->comment_date,
		'modified'  => $comment->comment_date,
	);
	foreach ( array( 'activity_type', 'activity_date', 'activity_time' ) as $key ) {
		$out[ $key ] = get_comment_meta( $comment->comment_ID, $key, true );
	}
	return $out + array( 'participants' => array() );
}

/** Puts a file into the library and shows it as the photo of a person. */
function rondo_photo( WP_REST_Request $request ) {
	$file = $request->get_file_params()['file'] ?? null;
	if ( ! $file ) {
		return new WP_Error( 'no_file', 'No file uploaded.', array( 'status' => 400 ) );
	}
	if ( ! in_array( $file['type'], array( 'image/jpeg', 'image/jpg', 'image/png', 'image/gif', 'image/webp' ), true ) ) {
		return new WP_Error( 'invalid_type', 'Invalid file type. Please upload an image.', array( 'status' => 400 ) );
	}
	foreach ( array( 'file', 'media', 'image' ) as $part ) {
		require_once ABSPATH . "wp-admin/includes/$part.php";
	}
	$id      = (int) $request['id'];
	$stored  = rondo_stored( $id );
	$slug    = sanitize_title( trim( ( $stored['first_name'] ?? '' ) . ' ' . ( $stored['last_name'] ?? '' ) ) );
	$suffix  = str_replace( 'jpeg', 'jpg', strtolower( pathinfo( $file['name'], PATHINFO_EXTENSION ) ) );
	$name    = ( $slug ?: "person-$id" ) . ".$suffix";
	$picture = media_handle_sideload( array_merge( $file, array( 'name' => $name ) ), $id );
	if ( is_wp_error( $picture ) ) {
		return new WP_Error( 'upload_failed', $picture->get_error_message(), array( 'status' => 500 ) );
	}
	set_post_thumbnail( $id, $picture );
	return array(
		'success' => true, 'attachment_id' => $picture, 'filename' => $name,
		'thumbnail_url' => get_the_post_thumbnail_url( $id, 'thumbnail' ), 'full_url' => get_the_post_thumbnail_url( $id, 'full' ),
	);
}

/** Tasks of a person that are the account's own: posts of a type of their own, latest first. */
function rondo_todos( WP_REST_Request $request ): array {
	$posts = get_posts(
		array(
			'post_type' => 'rondo_todo', 'post_status' => array( 'rondo_open', 'rondo_awaiting', 'rondo_completed' ), 'numberposts' => -1,
			'orderby' => 'ID', 'order' => 'DESC', 'meta_key' => 'related_person', 'meta_value' => (int) $request['id'],
		)
	);
	$own   = fn( $post ) => in_array( get_current_user_id(), array( (int) $post->post_author, (int) get_post_meta( $post->ID, 'assigned_user_id', true ) ), true );
	return array_map( 'rondo_todo', array_values( array_filter( $posts, $own ) ) );
}

function rondo_add_todo( WP_REST_Request $request ) {
	$content = sanitize_text_field( (string) $request->get_param( 'content' ) );
	$status  = $request->get_param( 'status' );
	if ( $content === '' ) {
		return new WP_Error( 'empty_content', 'Todo content is required.', array( 'status' => 400 ) );
	}
	if ( $status !== null && ! in_array( $status, array( 'open', 'awaiting', 'completed' ), true ) ) {
		return new WP_Error( 'invalid_status', 'Invalid status. Use: open, awaiting, or completed.', array( 'status' => 400 ) );
	}
	$id = wp_insert_post(
		array( 'post_type' => 'rondo_todo', 'post_title' => $content, 'post_status' => 'rondo_' . ( $status ?? 'open' ), 'post_author' => get_current_user_id() )
	);
	update_post_meta( $id, 'related_person', (int) $request['id'] );
	update_post_meta( $id, 'due_date', sanitize_text_field( (string) $request->get_param( 'due_date' ) ) );
	update_post_meta( $id, 'notes', wp_kses_post( (string) $request->get_param( 'notes' ) ) );
	if ( rondo_dialect() === 'fields' && get_userdata( (int) $request->get_param( 'assigned_user_id' ) ) ) {
		update_post_meta( $id, 'assigned_user_id', (int) $request->get_param( 'assigned_user_id' ) );
	}
	return rondo_todo( get_post( $id ) );
}

function rondo_todo( WP_Post $post ): array {
	$meta = fn( $key ) => get_post_meta( $post->ID, $key, true ) ?: null;
	$out  = array(
		'id'             => $post->ID,
		'type'           => 'todo',
		'content'        => $post->post_title,
		'person_id'      => (int) $meta( 'related_person' ),
		'notes'          => $meta( 'notes' ),
		'author_id'      => (int) $post->post_author,
		'created'        => $post->post_date,
		'status'         => substr( $post->post_status, strlen( 'rondo_' ) ),
		'due_date'       => $meta( 'due_date' ),
		'awaiting_since' => null,
	);
	if ( rondo_dialect() === 'fields' ) {
		$out['assigned_user_id'] = $meta( 'assigned_user_id' ) ? (int) $meta( 'assigned_user_id' ) : null;
	}
	return $out;
}
