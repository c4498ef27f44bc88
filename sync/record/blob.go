package record

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// The value of a field of ClassBlob names bytes, such as a photo, that are kept by
// themselves: by their digest, or, where a system keeps them in a form of its own and does
// not give them back, by what it calls them. Examples: "sha256:9f86d0…", "there:17".
const (
	blobDigest = "sha256:"
	blobThere  = "there:"
)

// BlobOf is the value that names bytes of ours.
func BlobOf(data []byte) string {
	sum := sha256.Sum256(data)
	return blobDigest + hex.EncodeToString(sum[:])
}

// BlobThere is the value that names what a system has by its own mark, which is another
// one when it has other bytes there.
func BlobThere(mark string) string { return blobThere + mark }

// BlobMark is the mark of a value that BlobThere has made.
func BlobMark(value string) (mark string, ok bool) { return strings.CutPrefix(value, blobThere) }

// IsBlob reports whether a value names bytes of ours.
func IsBlob(value string) bool {
	digest, ok := strings.CutPrefix(value, blobDigest)
	if !ok || len(digest) != hex.EncodedLen(sha256.Size) || strings.ToLower(digest) != digest {
		return false
	}
	_, err := hex.DecodeString(digest)
	return err == nil
}
