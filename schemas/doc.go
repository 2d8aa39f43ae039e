// Package schemas says what the contract says: the requirement catalogue, the
// readings chosen where the published page contradicts itself, and the words in
// which a judgement is given (levels, findings, outcomes, shapes).
//
// The rules live in the sub-packages, one folder a subject: strictjson (exactly
// one RFC 8259 text), jsonschema (the bodies of Tables 2 to 4), mask, leak,
// createdate and portalurl. All of them are pure: bytes in, findings out. None
// knows the network, the clock or Ginkgo, and none ever puts a value it was
// given into what it returns; a finding carries the value's shape instead.
package schemas
