package leak

import "regexp"

// SensitiveName matches the words in a name, of a member or a field, that say
// that its value is nobody else's business (row A24).
var SensitiveName = regexp.MustCompile(`(?i)phone|mobile|tel|mail|id_?(?:no|num|card)|identity|passport|passw|secret|token|credential|api_?key|address|birth|bank|account_?no|real_?name|unmasked|plain|raw`)
