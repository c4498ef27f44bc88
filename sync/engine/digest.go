package engine

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"hash"
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// digestSize is how much of a digest is kept.
const digestSize = 16

// digester makes keyed digests of records: the fields named, in their order,
// each with its presence and length. It is used by one goroutine.
type digester struct {
	mac    hash.Hash
	fields []record.Field
	buf    []byte
	sum    [sha256.Size]byte
}

func newDigester(key []byte, fields []record.Field) *digester {
	return &digester{mac: hmac.New(sha256.New, key), fields: fields}
}

// Digests returns the function that digests records with these fields as a
// Read does. What it returns is valid until its next call; it is for one
// goroutine. Measurements use it, and whoever fills a database for them.
func Digests(key []byte, fields []record.Field) func(record.Fields) []byte {
	return newDigester(key, slices.Compact(slices.Sorted(slices.Values(fields)))).of
}

// of returns the digest of a record. The slice is valid until the next call.
func (d *digester) of(f record.Fields) []byte {
	buf := d.buf[:0]
	for _, name := range d.fields {
		v, ok := f[name]
		if !ok {
			buf = append(buf, 0)
			continue
		}
		buf = binary.AppendUvarint(buf, uint64(len(v))+1)
		buf = append(buf, v...)
	}
	d.buf = buf
	d.mac.Reset()
	d.mac.Write(buf)
	return d.mac.Sum(d.sum[:0])[:digestSize]
}

// encode writes fields for the database. Fields of text cannot fail.
func encode(f record.Fields) []byte {
	if len(f) == 0 {
		return []byte("{}")
	}
	b, _ := json.Marshal(f)
	return b
}

// decode reads fields from the database.
func decode(b []byte) record.Fields {
	out := record.Fields{}
	if len(b) > 0 {
		_ = json.Unmarshal(b, &out)
	}
	return out
}

// over returns base with the fields of top laid over it.
func over(base, top record.Fields) record.Fields {
	out := base.Clone()
	maps.Copy(out, top)
	return out
}
