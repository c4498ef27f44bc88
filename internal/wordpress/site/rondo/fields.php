<?php
// The later dialect: `fields`. A value is checked by WordPress against the schema
// first, before anything is stored, and by the theme after the post is.

/** A value or key that the theme refuses. */
class Rondo_Refusal extends Exception {
	public string $field;

	public function __construct( string $field, string $detail ) {
		parent::__construct( $detail );
		$this->field = $field;
	}

	public function error(): WP_Error {
		return new WP_Error( 'rondo_invalid_field', 'Invalid field value.', array( 'status' => 400, 'field' => $this->field, 'detail' => $this->getMessage() ) );
	}
}

function rondo_schema_fields( array $table ): array {
	$types      = array( 'rows' => 'array', 'flag' => 'boolean', 'number' => array( 'number', 'null' ), 'ref' => array( 'integer', 'null' ) );
	$properties = array();
	foreach ( $table as $key => $field ) {
		$properties[ $key ] = array( 'type' => $types[ $field['form'] ] ?? array( 'string', 'null' ), 'readonly' => $field['read_only'] );
	}
	return array( 'type' => 'object', 'context' => array( 'view', 'edit' ), 'properties' => $properties );
}

/** Turns the values of a request into stored ones. */
function rondo_values( array $values, array $table, string $what ): array {
	$out = array();
	foreach ( $values as $key => $value ) {
		if ( ! isset( $table[ $key ] ) ) {
			throw new Rondo_Refusal( "fields.$key", "fields.$key: Field $what.$key is unresolved." );
		}
		$out[ $key ] = rondo_value( $table[ $key ], $value, "fields.$key" );
	}
	return $out;
}

function rondo_value( array $field, $value, string $path ) {
	$refuse = fn( string $why ) => new Rondo_Refusal( $path, "$path $why" );
	if ( $field['read_only'] ) {
		throw $refuse( 'is read-only.' );
	}
	if ( $value === null ) {
		return $field['form'] === 'rows' ? array() : '';
	}
	switch ( $field['form'] ) {
		case 'rows':
			return rondo_rows( $field['more'], $value, $path );
		case 'date':
			$date = rondo_date( (string) $value );
			if ( ! $date ) {
				throw $refuse( 'must use YYYY-MM-DD.' );
			}
			return $date->format( 'Y-m-d' );
		case 'moment':
			if ( ! is_string( $value ) || ! preg_match( '/(Z|[+-]\d{2}:\d{2})$/', $value ) ) {
				throw $refuse( 'must be RFC 3339 with an explicit timezone.' );
			}
			$moment = date_create_immutable( $value );
			if ( ! $moment ) {
				throw $refuse( 'must be a valid RFC 3339 timestamp.' );
			}
			return $moment->setTimezone( wp_timezone() )->format( DATE_RFC3339 );
		case 'flag':
			if ( ! is_bool( $value ) && ! in_array( $value, array( 0, 1, '0', '1' ), true ) ) {
				throw $refuse( 'must be boolean.' );
			}
			return (bool) $value;
		case 'number':
			if ( ! is_numeric( $value ) ) {
				throw $refuse( 'must be numeric.' );
			}
			return rondo_number( $value );
		case 'ref':
			if ( ! is_numeric( $value ) || (int) $value < 0 ) {
				throw $refuse( 'must be an ID.' );
			}
			return absint( $value );
		case 'choice':
			if ( $value !== '' && ! in_array( $value, $field['more'], true ) ) {
				throw $refuse( 'contains an unknown choice.' );
			}
			return sanitize_text_field( $value );
	}
	$text = is_string( $value ) ? sanitize_text_field( $value ) : (string) $value;
	if ( $field['form'] === 'email' ) {
		return strtolower( $text );
	}
	return $field['form'] === 'phone' ? rondo_phone( $text ) : $text;
}

/** Each row is stored anew: a key that it leaves out is empty. */
function rondo_rows( array $table, $value, string $path ): array {
	if ( ! is_array( $value ) || ! array_is_list( $value ) ) {
		throw new Rondo_Refusal( $path, "$path must be an array." );
	}
	$out = array();
	foreach ( $value as $i => $row ) {
		if ( ! is_array( $row ) ) {
			throw new Rondo_Refusal( "$path.$i", "$path.$i must be an object." );
		}
		$stored = array();
		foreach ( $row as $key => $v ) {
			if ( ! isset( $table[ $key ] ) ) {
				throw new Rondo_Refusal( 'fields', "Nested field $key is unresolved." );
			}
			$stored[ $key ] = rondo_value( $table[ $key ], $v, "$path.$i.$key" );
		}
		foreach ( $table as $key => $sub ) {
			if ( ! $sub['read_only'] ) {
				$stored += array( $key => '' );
			}
		}
		$out[] = $stored;
	}
	return $out;
}

function rondo_date( string $text ): ?DateTimeImmutable {
	$date   = DateTimeImmutable::createFromFormat( preg_match( '/^\d{8}$/', $text ) ? '!Ymd' : '!Y-m-d', $text, new DateTimeZone( 'UTC' ) );
	$faults = DateTimeImmutable::getLastErrors();
	return $date && ( ! $faults || ! $faults['warning_count'] && ! $faults['error_count'] ) ? $date : null;
}

function rondo_number( $value ) {
	return (float) $value === (float) (int) $value ? (int) $value : (float) $value;
}

/** A phone is kept in the international form. */
function rondo_phone( string $text ): string {
	$digits = preg_replace( '/\D/', '', $text );
	if ( $digits === '' ) {
		return '';
	}
	if ( strpos( ltrim( $text ), '+' ) === 0 ) {
		return "+$digits";
	}
	if ( strpos( $digits, '00' ) === 0 ) {
		return '+' . substr( $digits, 2 );
	}
	return $digits[0] === '0' ? '+31' . substr( $digits, 1 ) : $digits;
}

/** What is read. */
function rondo_read_fields( int $id, array $table ): array {
	$stored = rondo_stored( $id );
	$out    = array();
	foreach ( $table as $key => $field ) {
		$value = $stored[ $key ] ?? '';
		if ( $field['form'] !== 'rows' ) {
			$out[ $key ] = rondo_shown( $field, $value );
			continue;
		}
		$out[ $key ] = array();
		foreach ( (array) $value as $row ) {
			if ( is_array( $row ) && ( $row = rondo_shown_row( $id, $key, $field, $row ) ) ) {
				$out[ $key ][] = $row;
			}
		}
	}
	return $out;
}

function rondo_shown( array $field, $value ) {
	switch ( $field['form'] ) {
		case 'flag':
			return (bool) $value;
		case 'date':
		case 'moment':
		case 'choice':
		case 'number':
		case 'ref':
			return $value === '' ? null : $value;
	}
	return (string) $value;
}

/** A relationship with somebody who is not there to be seen is left out. */
function rondo_shown_row( int $id, string $key, array $field, array $row ): ?array {
	$out = array();
	foreach ( $field['more'] as $name => $sub ) {
		if ( ! $sub['read_only'] ) {
			$out[ $name ] = rondo_shown( $sub, $row[ $name ] ?? '' );
		}
	}
	if ( $key === 'work_history' ) {
		$out['entity_type'] = (string) get_post_type( (int) $out['team_id'] );
	}
	if ( $key === 'relationships' ) {
		if ( ! rondo_seen( $id, (int) $out['related_person_id'] ) ) {
			return null;
		}
		$out += rondo_added( (int) $out['related_person_id'], (int) $out['relationship_type_id'] );
	}
	return $out;
}

/** Whether a relationship with somebody is shown. */
function rondo_seen( int $id, int $other ): bool {
	return $other && $other !== $id && ! in_array( get_post_status( $other ), array( false, 'trash' ), true );
}

/** What is added to a relationship when it is read. */
function rondo_added( int $person, int $type ): array {
	$term = $type ? get_term( $type, 'relationship_type' ) : null;
	$term = $term && ! is_wp_error( $term ) ? $term : null;
	return array(
		'person_name' => get_the_title( $person ), 'person_thumbnail' => '',
		'relationship_name' => $term->name ?? '', 'relationship_slug' => $term->slug ?? '',
	);
}
