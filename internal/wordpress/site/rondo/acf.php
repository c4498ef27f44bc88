<?php
// The older dialect: `acf`, as a field plug-in keeps it. Unknown keys are passed
// over; the rows of a repeater are merged by their index; a date is kept as it was
// typed.

function rondo_schema_acf( array $table ): array {
	return array( 'type' => 'object', 'context' => array( 'view', 'edit' ), 'properties' => rondo_properties_acf( $table ) );
}

function rondo_properties_acf( array $table ): array {
	$types = array(
		'rows' => 'array', 'flag' => array( 'boolean', 'null' ), 'number' => array( 'number', 'null' ),
		'ref'  => array( 'integer', 'array', 'null' ),
	);
	$out   = array();
	foreach ( $table as $key => $field ) {
		$out[ $key ] = array( 'type' => $types[ $field['form'] ] ?? array( 'string', 'null' ), 'required' => $key === 'first_name' );
		if ( $field['form'] === 'choice' ) {
			$out[ $key ]['enum'] = array_merge( $field['more'], array( '', null ) );
		}
		if ( $field['form'] === 'rows' ) {
			$out[ $key ]['items'] = array( 'type' => 'object', 'properties' => rondo_properties_acf( $field['more'] ) );
		}
	}
	return $out;
}

function rondo_values_acf( array $values, array $old, array $table ): array {
	$out = array();
	foreach ( array_intersect_key( $values, $table ) as $key => $value ) {
		$field       = $table[ $key ];
		$out[ $key ] = $field['form'] === 'rows'
			? rondo_rows_acf( $field['more'], (array) $value, (array) ( $old[ $key ] ?? array() ) )
			: rondo_value_acf( $field, $value );
	}
	return $out;
}

function rondo_rows_acf( array $table, array $rows, array $old ): array {
	$out = array();
	foreach ( array_values( $rows ) as $i => $row ) {
		if ( ! is_array( $row ) ) {
			continue;
		}
		$stored = $old[ $i ] ?? array();
		foreach ( $table as $key => $sub ) {
			if ( array_key_exists( $key, $row ) ) {
				$stored[ $key ] = rondo_value_acf( $sub, $row[ $key ] );
			}
			$stored += array( $key => '' );
		}
		$out[] = $stored;
	}
	return $out;
}

function rondo_value_acf( array $field, $value ) {
	if ( $value === null ) {
		return '';
	}
	switch ( $field['form'] ) {
		case 'flag':
			return (bool) $value;
		case 'number':
			return rondo_number( $value );
		case 'ref':
			return absint( is_array( $value ) ? reset( $value ) : $value );
		case 'contact':
			return is_email( $value ) ? strtolower( $value ) : (string) $value;
	}
	return is_scalar( $value ) ? (string) $value : '';
}

function rondo_read_acf( int $id, array $table ): array {
	$stored = rondo_stored( $id );
	$out    = array();
	foreach ( $table as $key => $field ) {
		$value = $stored[ $key ] ?? '';
		if ( $field['form'] !== 'rows' ) {
			$out[ $key ] = rondo_shown_acf( $field, $value );
			continue;
		}
		// A list that was never written reads false, an emptied one null.
		$out[ $key ] = $value ? array() : ( isset( $stored[ $key ] ) ? null : false );
		foreach ( $value ? $value : array() as $row ) {
			$shown = array();
			foreach ( $field['more'] as $name => $sub ) {
				$shown[ $name ] = rondo_shown_acf( $sub, $row[ $name ] ?? '' );
			}
			if ( $key === 'relationships' ) {
				if ( ! rondo_seen( $id, (int) $shown['related_person'] ) ) {
					continue;
				}
				$shown += rondo_added( (int) $shown['related_person'], (int) $shown['relationship_type'] );
			}
			if ( $key === 'work_history' ) {
				$shown['entity_type'] = (string) get_post_type( (int) $shown['team'] );
			}
			$out[ $key ][] = $shown;
		}
	}
	return $out;
}

function rondo_shown_acf( array $field, $value ) {
	switch ( $field['form'] ) {
		case 'flag':
			return (bool) $value;
		case 'date':
		case 'moment':
		case 'ref':
			return $value === '' ? null : $value;
	}
	return $value;
}
