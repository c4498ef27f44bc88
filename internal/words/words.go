// Package words holds the check that the names of the core are words of the
// field: the private words of the first core are found in no name of a type,
// field, function, column, API field or reason. Prose, locals, and terms of Go
// and SQL are free.
package words
