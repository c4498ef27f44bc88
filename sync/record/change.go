package record

import "encoding/json"

// Change says what a plan does to a record: by field from which value to which.
type Change map[Field][2]string

// DecodeChange reads the JSON of a change.
func DecodeChange(b []byte) (Change, error) {
	var out Change
	err := json.Unmarshal(b, &out)
	return out, err
}
