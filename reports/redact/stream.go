package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
)

// stream is an endless sequence of random-looking numbers that depends on the
// run's key and on what it was made for, and on nothing else.
type stream struct {
	seed    [sha256.Size]byte
	block   [sha256.Size]byte
	used    int
	counter uint64
}

// stream starts the sequence for the given parts. Parts are told apart: ("ab",
// "c") and ("a", "bc") start different sequences.
func (k key) stream(parts ...string) *stream {
	mac := hmac.New(sha256.New, k)
	var size [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(size[:], uint64(len(p)))
		mac.Write(size[:])
		mac.Write([]byte(p))
	}
	s := &stream{used: sha256.Size}
	mac.Sum(s.seed[:0])
	return s
}

// key is the secret of one run. It is never written anywhere.
type key []byte

// next returns a number below n, which must be positive.
func (s *stream) next(n int) int {
	if s.used+4 > len(s.block) {
		var in [sha256.Size + 8]byte
		copy(in[:], s.seed[:])
		binary.BigEndian.PutUint64(in[sha256.Size:], s.counter)
		s.block, s.used = sha256.Sum256(in[:]), 0
		s.counter++
	}
	v := binary.BigEndian.Uint32(s.block[s.used:])
	s.used += 4
	return int(uint64(v) * uint64(n) >> 32)
}
