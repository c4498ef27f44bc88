package record

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"
)

// DigestSize is how many bytes of a digest are kept.
const DigestSize = 16

// Digester makes keyed digests of records: the fields named, in the order of
// their names, each with its presence and length. It is for one goroutine.
type Digester struct {
	mac    hash.Hash
	fields []Field
	buf    []byte
	sum    [sha256.Size]byte
}

// NewDigester returns a digester of records with these fields.
func NewDigester(key []byte, fields []Field) *Digester {
	return &Digester{mac: hmac.New(sha256.New, key), fields: slices.Compact(slices.Sorted(slices.Values(fields)))}
}

// Of returns the digest of a record: DigestSize bytes, valid until the next
// call.
func (d *Digester) Of(f Fields) []byte {
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
	return d.mac.Sum(d.sum[:0])[:DigestSize]
}
