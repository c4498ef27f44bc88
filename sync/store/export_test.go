package store

// RecordsWithValueText is the statement of RecordsWithValue, to be explained.
var RecordsWithValueText = recordsWithValue
