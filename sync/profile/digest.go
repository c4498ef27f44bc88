package profile

import (
	"encoding/binary"
	"math/bits"
)

// Digest makes a number of a text, with a secret: the same text gives the same
// number in every process, and without the secret the number tells nothing.
// All numbers are equally likely, which counting distinct values relies on.
type Digest func(string) uint64

// NewDigest returns SipHash-2-4 under a key. It keeps no state, so it may be
// used by several goroutines at once. The key must be the same for as long as
// profiles and findings are kept: under another one every finding is new.
func NewDigest(key [16]byte) Digest {
	k0, k1 := binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:])
	return func(s string) uint64 { return siphash(k0, k1, s) }
}

func siphash(k0, k1 uint64, s string) uint64 {
	v := sipState{
		k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
		k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573,
	}
	last := uint64(len(s)) << 56
	for ; len(s) >= 8; s = s[8:] {
		m := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		v[3] ^= m
		v.rounds(2)
		v[0] ^= m
	}
	for i := range len(s) {
		last |= uint64(s[i]) << (8 * i)
	}
	v[3] ^= last
	v.rounds(2)
	v[0] ^= last
	v[2] ^= 0xff
	v.rounds(4)
	return v[0] ^ v[1] ^ v[2] ^ v[3]
}

type sipState [4]uint64

func (v *sipState) rounds(n int) {
	a, b, c, d := v[0], v[1], v[2], v[3]
	for range n {
		a += b
		b = bits.RotateLeft64(b, 13) ^ a
		a = bits.RotateLeft64(a, 32)
		c += d
		d = bits.RotateLeft64(d, 16) ^ c
		a += d
		d = bits.RotateLeft64(d, 21) ^ a
		c += b
		b = bits.RotateLeft64(b, 17) ^ c
		c = bits.RotateLeft64(c, 32)
	}
	v[0], v[1], v[2], v[3] = a, b, c, d
}

// mix makes one number of two, of which the order matters. Sums of it stand
// for sets: they do not depend on the order in which a reading comes.
func mix(a, b uint64) uint64 {
	x := a ^ bits.RotateLeft64(b, 32)*0x9e3779b97f4a7c15
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
