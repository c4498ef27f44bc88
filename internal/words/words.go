// Package words holds the checks that the core can be read: its names are words
// of the field, and its packages, files and types are small. The private words of
// the first core are found in no name of a type, field, function, column, API
// field or reason. Prose, locals, and terms of Go and SQL are free.
package words
