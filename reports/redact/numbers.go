package redact

// idCard draws an identity card number with a right check digit (GB 11643),
// born in the same century. The check digit is an X where it was one.
func (s *stream) idCard(runes []rune) []rune {
	out := make([]rune, len(runes))
	copy(out, runes)
	last := len(runes) - 1
	for range attempts {
		for i := range last {
			out[i] = '0' + rune(s.next(10))
		}
		out[0] = '1' + rune(s.next(9))
		copy(out[6:8], runes[6:8])
		copy(out[10:14], []rune{'0', '1' + rune(s.next(9)), '1', '0' + rune(s.next(10))})
		check := idCheck(out[:last])
		if (check == 'X') == (runes[last] == 'X' || runes[last] == 'x') {
			if check != 'X' {
				out[last] = check
			}
			break
		}
	}
	return out
}

// idCheck is the check digit of 17 digits.
func idCheck(digits []rune) rune {
	sum, weight := 0, 2
	for i := len(digits) - 1; i >= 0; i-- {
		sum += int(digits[i]-'0') * weight
		weight = weight * 2 % 11
	}
	return []rune("10X98765432")[sum%11]
}

// bankCard draws a number with a right Luhn digit (ISO/IEC 7812-1).
func (s *stream) bankCard(runes []rune) []rune {
	out := make([]rune, len(runes))
	sum := 0
	for i := range runes {
		out[i] = '0' + rune(s.next(10))
		if i == 0 {
			out[i] = '1' + rune(s.next(9))
		}
		if i == len(runes)-1 {
			out[i] = '0' + rune((10-sum%10)%10)
		}
		digit := int(out[i] - '0')
		if (len(runes)-i)%2 == 0 {
			digit = digit*2/10 + digit*2%10
		}
		sum += digit
	}
	return out
}
