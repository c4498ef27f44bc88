<?php
// The property of a person's fields, and what is done whenever a person is saved:
// the flag of volunteers, and the relationships of the others.

function rondo_stored( int $id ): array {
	$stored = get_post_meta( $id, 'rondo_fields', true );
	return is_array( $stored ) ? $stored : array();
}

/** Without slashes added: backslashes get lost, as in the theme. */
function rondo_store( int $id, array $fields ): void {
	update_post_meta( $id, 'rondo_fields', $fields );
}

add_action(
	'rest_api_init',
	function () {
		$property = rondo_dialect();
		foreach ( array( 'person' => rondo_table(), 'team' => rondo_table_of_teams(), 'discipline_case' => rondo_table_of_cases() ) as $what => $table ) {
			register_rest_field(
				$what,
				$property,
				array(
					'schema'          => $property === 'acf' ? rondo_schema_acf( $table ) : rondo_schema_fields( $table ),
					'get_callback'    => fn( $post ) => rondo_read( $post['id'], $table ),
					'update_callback' => fn( $value, $post ) => rondo_write( $post->ID, (array) $value, $table, $what ),
				)
			);
		}
		$computed = array( 'type' => array( 'integer', 'boolean', 'null' ), 'readonly' => true, 'context' => array( 'view', 'edit' ) );
		register_rest_field(
			'person',
			'birth_year',
			array(
				'schema'       => $computed,
				'get_callback' => fn( $post ) => preg_match( '/^\d{4}/', rondo_stored( $post['id'] )['birthdate'] ?? '', $year ) ? (int) $year[0] : null,
			)
		);
		register_rest_field(
			'person',
			'is_deceased',
			array(
				'schema'       => $computed,
				'get_callback' => fn( $post ) => ( rondo_stored( $post['id'] )[ rondo_key( 'datum_overlijden' ) ] ?? '' ) !== '',
			)
		);
		register_rest_field(
			'relationship_type',
			$property,
			array(
				'schema'       => array( 'type' => 'object', 'context' => array( 'view', 'edit' ) ),
				'get_callback' => fn( $term ) => array(
					$property === 'acf' ? 'inverse_relationship_type' : 'inverse_relationship_type_id' => (int) get_term_meta( $term['id'], 'inverse', true ),
				),
			)
		);
	}
);

function rondo_read( int $id, array $table ): array {
	return rondo_dialect() === 'acf' ? rondo_read_acf( $id, $table ) : rondo_read_fields( $id, $table );
}

/** The key of a field in this site's dialect. */
function rondo_key( string $key ): string {
	$older = array(
		'datum_overlijden' => 'datum-overlijden', 'huidig_vrijwilliger' => 'huidig-vrijwilliger', 'related_person_id' => 'related_person',
		'relationship_type_id' => 'relationship_type', 'team_id' => 'team',
	);
	return rondo_dialect() === 'acf' ? $older[ $key ] ?? $key : $key;
}

// The later theme looks for a name before the post is stored.
add_filter(
	'rest_pre_insert_person',
	function ( $post, $request ) {
		$fields = $request->get_param( 'fields' );
		if ( is_wp_error( $post ) || rondo_dialect() !== 'fields' || ! is_array( $fields ) || ! $fields ) {
			return $post;
		}
		$fields += empty( $post->ID ) ? array() : rondo_stored( $post->ID );
		$first   = trim( (string) ( $fields['first_name'] ?? '' ) );
		$company = trim( (string) ( $fields['company_name'] ?? '' ) );
		if ( $first === '' && $company === '' ) {
			return new WP_Error( 'rondo_person_name_required', 'Vul een voornaam of bedrijfsnaam in.', array( 'status' => 400 ) );
		}
		if ( $first === '' && ( $fields['person_type'] ?? 'member' ) !== 'contact' ) {
			return new WP_Error( 'rondo_company_only_contact_required', 'Alleen contacten en sponsors mogen uitsluitend een bedrijfsnaam hebben.', array( 'status' => 400 ) );
		}
		return $post;
	},
	10,
	2
);

// It refuses the older property at once, whatever the request is.
add_filter(
	'rest_pre_dispatch',
	function ( $result, $server, $request ) {
		if ( rondo_dialect() === 'fields' && ! in_array( $request->get_method(), array( 'GET', 'HEAD', 'OPTIONS' ), true ) && $request->get_param( 'acf' ) !== null ) {
			return rest_convert_error_to_response( new WP_Error( 'removed_acf_payload', 'The "acf" request attribute was removed. Send canonical values under "fields".', array( 'status' => 400 ) ) );
		}
		return $result;
	},
	99,
	3
);

function rondo_write( int $id, array $values, array $table, string $what ) {
	$old = rondo_stored( $id );
	try {
		$new = rondo_dialect() === 'acf' ? rondo_values_acf( $values, $old, $table ) : rondo_values( $values, $table, $what );
		if ( $what === 'discipline_case' ) {
			rondo_about_somebody( $new );
		}
	} catch ( Rondo_Refusal $refusal ) {
		return $refusal->error();
	}
	rondo_store( $id, array_merge( $old, $new ) );
	if ( $what === 'person' ) {
		rondo_saved( $id, $old['relationships'] ?? array() );
	}
	return true;
}

/** A case is about a person who is there. */
function rondo_about_somebody( array $new ): void {
	$key  = rondo_dialect() === 'acf' ? 'person' : 'person_id';
	$whom = (int) ( $new[ $key ] ?? 0 );
	if ( $whom && get_post_type( $whom ) !== 'person' ) {
		throw new Rondo_Refusal( rondo_dialect() . ".$key", rondo_dialect() . ".$key must be an existing person." );
	}
}

function rondo_saved( int $id, array $before ): void {
	$fields = rondo_stored( $id );

	$fields[ rondo_key( 'huidig_vrijwilliger' ) ] = rondo_volunteers( $fields['work_history'] ?? array() );

	$seen = array( $id => true );
	$now  = array();
	foreach ( $fields['relationships'] ?? array() as $row ) {
		$other = rondo_related( $row );
		if ( $other && ! isset( $seen[ $other ] ) ) {
			$seen[ $other ] = true;
			$now[]          = $row;
		}
	}
	if ( isset( $fields['relationships'] ) ) {
		$fields['relationships'] = $now;
	}
	rondo_store( $id, $fields );

	foreach ( $now as $row ) {
		$was = rondo_row_to( $before, rondo_related( $row ) );
		if ( ! $was || rondo_kind( $was ) !== rondo_kind( $row ) ) {
			$inverse = (int) get_term_meta( rondo_kind( $row ), 'inverse', true );
			if ( $inverse ) {
				rondo_relate( rondo_related( $row ), $id, $inverse, $row['relationship_label'] ?? '' );
			}
		}
	}
	foreach ( $before as $row ) {
		$other = rondo_related( $row );
		if ( $other !== $id && ! rondo_row_to( $now, $other ) ) {
			rondo_part( $other, $id, (int) get_term_meta( rondo_kind( $row ), 'inverse', true ) );
		}
	}
	rondo_siblings( $id );
}

function rondo_related( array $row ): int {
	return (int) ( $row[ rondo_key( 'related_person_id' ) ] ?? 0 );
}

function rondo_kind( array $row ): int {
	return (int) ( $row[ rondo_key( 'relationship_type_id' ) ] ?? 0 );
}

function rondo_row_to( array $rows, int $id ): ?array {
	foreach ( $rows as $row ) {
		if ( rondo_related( $row ) === $id ) {
			return $row;
		}
	}
	return null;
}

/** Gives a person a row to another, in place of the one that it has. */
function rondo_relate( int $from, int $to, int $kind, string $label ): void {
	if ( $from === $to || get_post_type( $from ) !== 'person' ) {
		return;
	}
	$fields = rondo_stored( $from );
	$made   = array( rondo_key( 'related_person_id' ) => $to, rondo_key( 'relationship_type_id' ) => $kind, 'relationship_label' => $label );
	$rows   = $fields['relationships'] ?? array();
	$there  = false;
	foreach ( $rows as $i => $row ) {
		if ( rondo_related( $row ) === $to ) {
			if ( rondo_kind( $row ) === $kind ) {
				return;
			}
			$rows[ $i ] = $made;
			$there      = true;
		}
	}
	$fields['relationships'] = $there ? $rows : array_merge( $rows, array( $made ) );
	rondo_store( $from, $fields );
	wp_update_post( array( 'ID' => $from ) );
}

/** Takes the row of a kind that a person has to another away. */
function rondo_part( int $from, int $to, int $kind ): void {
	$fields = rondo_stored( $from );
	$rows   = $fields['relationships'] ?? array();
	$kept   = array_values( array_filter( $rows, fn( $row ) => rondo_related( $row ) !== $to || rondo_kind( $row ) !== $kind ) );
	if ( count( $kept ) !== count( $rows ) ) {
		$fields['relationships'] = $kept;
		rondo_store( $from, $fields );
		wp_update_post( array( 'ID' => $from ) );
	}
}

/** The children of one parent are siblings: those of the person, and of its parents. */
function rondo_siblings( int $id ): void {
	$child   = get_term_by( 'slug', 'child', 'relationship_type' )->term_id;
	$parent  = get_term_by( 'slug', 'parent', 'relationship_type' )->term_id;
	$sibling = get_term_by( 'slug', 'sibling', 'relationship_type' )->term_id;
	$of      = fn( int $person, int $kind ) => array_map(
		'rondo_related',
		array_values( array_filter( rondo_stored( $person )['relationships'] ?? array(), fn( $row ) => ! $kind || rondo_kind( $row ) === $kind ) )
	);
	foreach ( array_merge( array( $id ), $of( $id, $parent ) ) as $up ) {
		$children = $of( $up, $child );
		foreach ( $children as $a ) {
			foreach ( $children as $b ) {
				if ( $a !== $b && ! in_array( $b, $of( $a, 0 ), true ) ) {
					rondo_relate( $a, $b, $sibling, '' );
				}
			}
		}
	}
}

/** A current row in a commissie, or in a team with a role that is no player's. */
function rondo_volunteers( array $work ): bool {
	foreach ( $work as $row ) {
		$type = empty( $row['is_current'] ) ? '' : get_post_type( (int) ( $row[ rondo_key( 'team_id' ) ] ?? 0 ) );
		if ( $type === 'commissie' || $type === 'team' && ! in_array( strtolower( $row['job_title'] ?? '' ), array( '', 'speler', 'teamspeler', 'keeper', 'aanvoerder' ), true ) ) {
			return true;
		}
	}
	return false;
}
