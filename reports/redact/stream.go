package redact

import (
	"crypto/sha256"
	"encoding/binary"
)

// key is the secret of one run, of keySize bytes. It is never written anywhere.
type key []byte

const keySize = 32

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
func (k key) stream(parts ...string) stream {
	b := make([]byte, 0, 192)
	b = append(b, k...)
	for _, p := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(p)))
		b = append(b, p...)
	}
	s := stream{seed: sha256.Sum256(b)}
	s.block = s.seed
	return s
}

// next returns a number below n, which must be positive and small.
func (s *stream) next(n int) int {
	if s.used+2 > len(s.block) {
		var in [sha256.Size + 8]byte
		copy(in[:], s.seed[:])
		s.counter++
		binary.BigEndian.PutUint64(in[sha256.Size:], s.counter)
		s.block, s.used = sha256.Sum256(in[:]), 0
	}
	v := binary.BigEndian.Uint16(s.block[s.used:])
	s.used += 2
	return int(uint64(v) * uint64(n) >> 16)
}
