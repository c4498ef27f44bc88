package family

import "github.com/touchline-sync/touchline/sync/record"

// Types are the classes of the fields of club.family.
var Types = record.Types{Children: {Class: record.ClassSet}}
