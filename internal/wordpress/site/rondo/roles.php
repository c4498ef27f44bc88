<?php
// Roles by functions: what the theme's route for capabilities does, and a route by which a
// test makes an account for a member, as somebody at the site does.

const RONDO_GIVEN_ROLES = array( 'rondo_bestuur', 'rondo_fairplay', 'rondo_vog' );

/** Which roles a function gives; that of the simulator. */
function rondo_roles_of( string $functie ): array {
	$map = array( 'Secretaris' => array( 'rondo_bestuur' ), 'Voorzitter' => array( 'rondo_bestuur', 'rondo_vog' ) );
	return $map[ $functie ] ?? array();
}

add_action(
	'init',
	function () {
		foreach ( array_merge( array( 'rondo_user' ), RONDO_GIVEN_ROLES ) as $role ) {
			if ( ! get_role( $role ) ) {
				add_role( $role, $role, array( 'read' => true ) );
			}
		}
	}
);

add_action(
	'rest_api_init',
	function () {
		$may = fn() => current_user_can( 'manage_options' );
		if ( rondo_dialect() === 'fields' ) {
			register_rest_route(
				'rondo/v1',
				'/capability-sync',
				array(
					'methods' => 'POST', 'permission_callback' => $may, 'callback' => 'rondo_sync_capabilities',
					'args' => array(
						'knvb_id'  => array( 'required' => true, 'validate_callback' => fn( $value ) => is_string( $value ) && ! empty( $value ) ),
						'functies' => array( 'required' => true, 'validate_callback' => fn( $value ) => is_array( $value ) ),
					),
				)
			);
		}
		register_rest_route( 'touchline-test/v1', '/accounts', array( 'methods' => 'POST', 'permission_callback' => $may, 'callback' => 'rondo_add_account' ) );
	}
);

function rondo_sync_capabilities( WP_REST_Request $request ): array {
	$code  = sanitize_text_field( $request->get_param( 'knvb_id' ) );
	$users = get_users( array( 'meta_key' => 'rondo_code', 'meta_value' => $code, 'number' => 1 ) );
	if ( ! $users ) {
		return array( 'status' => 'no_user', 'knvb_id' => $code );
	}
	$user = $users[0];
	if ( in_array( 'administrator', $user->roles, true ) ) {
		return array( 'status' => 'skipped', 'reason' => 'administrator' );
	}
	$wanted = array();
	foreach ( (array) $request->get_param( 'functies' ) as $functie ) {
		$wanted = array_merge( $wanted, rondo_roles_of( sanitize_text_field( $functie ) ) );
	}
	$by_hand = fn( string $what ) => (array) get_user_meta( $user->ID, "rondo_$what", true );
	$wanted  = array_unique( array_merge( $wanted, $by_hand( 'granted' ) ) );
	$wanted  = array_values( array_diff( array_intersect( $wanted, RONDO_GIVEN_ROLES ), $by_hand( 'revoked' ) ) );
	$has     = array_values( array_intersect( $user->roles, RONDO_GIVEN_ROLES ) );
	$granted = array_values( array_diff( $wanted, $has ) );
	$revoked = array_values( array_diff( $has, $wanted ) );
	array_map( array( $user, 'add_role' ), $granted );
	array_map( array( $user, 'remove_role' ), $revoked );
	return array(
		'status' => 'synced', 'user_id' => $user->ID, 'granted' => $granted, 'revoked' => $revoked,
		'current_roles' => array_values( array_intersect( ( new WP_User( $user->ID ) )->roles, RONDO_GIVEN_ROLES ) ),
	);
}

function rondo_add_account( WP_REST_Request $request ): array {
	$code = (string) $request->get_param( 'knvb_id' );
	$id   = wp_insert_user(
		array( 'user_login' => $code, 'user_pass' => wp_generate_password( 24 ), 'user_email' => "$code@example.org", 'role' => (string) $request->get_param( 'role' ) )
	);
	update_user_meta( $id, 'rondo_code', $code );
	foreach ( array( 'granted', 'revoked' ) as $what ) {
		update_user_meta( $id, "rondo_$what", (array) $request->get_param( $what ) );
	}
	return array();
}
