<?php
// The field tables of both dialects, by the keys of the wire. The simulator has its
// own; a test compares what both say of them.

const RONDO_GENDERS = array( 'male', 'female', 'non_binary', 'other', 'prefer_not_to_say' );

/** A field: its form, its choices or sub-fields, and whether it may only be read. */
function rondo_field( string $form, array $more = array(), bool $read_only = false ): array {
	return array( 'form' => $form, 'more' => $more, 'read_only' => $read_only );
}

/** Fields of one form. */
function rondo_all( string $form, string ...$keys ): array {
	return array_fill_keys( $keys, rondo_field( $form ) );
}

/** The fields of a person in this site's dialect. */
function rondo_table(): array {
	return rondo_dialect() === 'acf' ? rondo_table_acf() : rondo_table_fields();
}

function rondo_table_fields(): array {
	$nikki = array();
	foreach ( range( 2022, 2025 ) as $year ) {
		$nikki += rondo_all( 'number', "_nikki_{$year}_total", "_nikki_{$year}_saldo" ) + rondo_all( 'text', "_nikki_{$year}_status" );
	}
	return rondo_all( 'text', 'first_name', 'infix', 'last_name', 'nickname', 'pronouns', 'knvb_id', 'type_lid', 'leeftijdsgroep', 'spelactiviteit', 'company_name' )
		+ rondo_all( 'email', 'email_1', 'email_2' )
		+ rondo_all( 'phone', 'mobile_1', 'mobile_2', 'telephone_1', 'telephone_2' )
		+ rondo_all( 'date', 'birthdate', 'lid_sinds', 'lid_tot', 'datum_overlijden', 'datum_foto', 'datum_vog', 'datum_iva' )
		+ rondo_all( 'moment', 'vog_email_sent_date', 'vog_justis_submitted_date', 'vog_reminder_sent_date' )
		+ rondo_all( 'flag', 'former_member', 'isparent', 'huidig_vrijwilliger', 'financiele_blokkade', 'is_sponsor' )
		+ rondo_all( 'number', 'freescout_id' )
		+ $nikki
		+ array(
			'gender'        => rondo_field( 'choice', RONDO_GENDERS ),
			'person_type'   => rondo_field( 'choice', array( 'member', 'contact' ) ),
			'addresses'     => rondo_field( 'rows', rondo_all( 'text', 'address_label', 'street_name', 'house_number', 'house_number_addition', 'postal_code', 'city', 'state', 'country', 'country_code' ) ),
			'relationships' => rondo_field( 'rows', rondo_all( 'ref', 'related_person_id', 'relationship_type_id' ) + rondo_all( 'text', 'relationship_label' ) ),
			'work_history'  => rondo_field(
				'rows',
				rondo_all( 'ref', 'team_id' ) + rondo_all( 'text', 'entity_type', 'team_name_text', 'job_title', 'description' )
				+ rondo_all( 'date', 'start_date', 'end_date' ) + rondo_all( 'flag', 'is_current' )
			),
		);
}

function rondo_table_acf(): array {
	$nikki = array();
	foreach ( range( 2022, 2025 ) as $year ) {
		$nikki += rondo_all( 'number', "_nikki_{$year}_total", "_nikki_{$year}_saldo" ) + rondo_all( 'text', "_nikki_{$year}_status" );
	}
	return rondo_all( 'text', 'first_name', 'infix', 'last_name', 'nickname', 'pronouns', 'knvb-id', 'type-lid', 'leeftijdsgroep' )
		+ rondo_all( 'date', 'birthdate', 'lid-sinds', 'lid-tot', 'datum-overlijden', 'datum-foto', 'datum-vog' )
		+ rondo_all( 'moment', 'vog_email_sent_date', 'vog_justis_submitted_date', 'vog_reminder_sent_date' )
		+ rondo_all( 'flag', 'former_member', 'isparent', 'huidig-vrijwilliger', 'financiele-blokkade' )
		+ rondo_all( 'number', 'freescout-id' )
		+ $nikki
		+ array(
			'gender'        => rondo_field( 'choice', RONDO_GENDERS ),
			'contact_info'  => rondo_field( 'rows', rondo_all( 'text', 'contact_type', 'contact_label' ) + rondo_all( 'contact', 'contact_value' ) ),
			'addresses'     => rondo_field( 'rows', rondo_all( 'text', 'address_label', 'street', 'postal_code', 'city', 'state', 'country' ) ),
			'relationships' => rondo_field( 'rows', rondo_all( 'ref', 'related_person', 'relationship_type' ) + rondo_all( 'text', 'relationship_label' ) ),
			'work_history'  => rondo_field(
				'rows',
				rondo_all( 'ref', 'team' ) + rondo_all( 'text', 'entity_type', 'job_title', 'description' )
				+ rondo_all( 'date', 'start_date', 'end_date' ) + rondo_all( 'flag', 'is_current' )
			),
		);
}

/** The theme's own fields of a discipline case. */
function rondo_table_of_cases(): array {
	$older = rondo_dialect() === 'acf';
	return rondo_all( 'text', 'dossier_id', 'match_description', 'team_name', 'charge_codes', 'charge_description', 'sanction_description' )
		+ rondo_all( 'date', 'match_date', 'processing_date' )
		+ rondo_all( 'number', 'administrative_fee' )
		+ ( $older ? rondo_all( 'ref', 'person' ) : rondo_all( 'ref', 'person_id', 'home_team_id', 'away_team_id' ) )
		+ array( 'is_charged' => $older ? rondo_field( 'flag' ) : rondo_field( 'choice', array( 'sportlink', 'rondo', 'exception' ) ) );
}

/** The theme's own fields of a team, in both dialects. */
function rondo_table_of_teams(): array {
	return rondo_all( 'text', 'publicteamid', 'activiteit', 'website' ) + array( 'gender' => rondo_field( 'choice', array( 'male', 'female' ) ) );
}
