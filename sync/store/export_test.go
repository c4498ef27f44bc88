package store

// RecordWithValueText is the statement of RecordWithValue, to be explained.
var RecordWithValueText = recordWithValue
