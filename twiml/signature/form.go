package signature

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// Form is a posted form whose keys are unique. The zero Form is empty.
type Form struct {
	data   string // keys and values, decoded, one after another
	fields []field
}

// field is where a key and its value stand in data.
type field struct{ key, value, end int }

// Get is the value of a key, or "".
func (f *Form) Get(key string) string {
	i, ok := slices.BinarySearchFunc(f.fields, key, func(x field, key string) int {
		return strings.Compare(f.data[x.key:x.value], key)
	})
	if !ok {
		return ""
	}
	return f.data[f.fields[i].value:f.fields[i].end]
}

// Len is the number of fields.
func (f *Form) Len() int { return len(f.fields) }

// parse decodes a form and sorts its fields by key.
func parse(body []byte) (Form, error) {
	if len(body) == 0 {
		return Form{}, nil
	}
	count := bytes.Count(body, []byte{'&'}) + 1
	if count > maxFields {
		return Form{}, ErrMalformed
	}
	data := make([]byte, 0, len(body))
	fields := make([]field, 0, count)
	for part := range bytes.SplitSeq(body, []byte{'&'}) {
		k, v, _ := bytes.Cut(part, []byte{'='})
		var x field
		var ok bool
		x.key = len(data)
		if data, ok = unescape(data, k); !ok || len(data) == x.key || !isKey(data[x.key:]) {
			return Form{}, ErrMalformed
		}
		x.value = len(data)
		if data, ok = unescape(data, v); !ok {
			return Form{}, ErrMalformed
		}
		x.end = len(data)
		fields = append(fields, x)
	}
	if !utf8.Valid(data) {
		return Form{}, ErrMalformed
	}
	f := Form{data: string(data), fields: fields}
	slices.SortFunc(f.fields, func(a, b field) int { return strings.Compare(f.data[a.key:a.value], f.data[b.key:b.value]) })
	for i := 1; i < len(f.fields); i++ {
		if a, b := f.fields[i-1], f.fields[i]; f.data[a.key:a.value] == f.data[b.key:b.value] {
			return Form{}, ErrDuplicate
		}
	}
	return f, nil
}

// isKey reports whether a key has none but printing ASCII characters.
func isKey(k []byte) bool {
	for _, c := range k {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

// unescape appends the decoded form of s. A broken escape is no form.
func unescape(dst, s []byte) ([]byte, bool) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '+':
			dst = append(dst, ' ')
		case '%':
			if i+2 >= len(s) {
				return dst, false
			}
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if hi < 0 || lo < 0 {
				return dst, false
			}
			dst = append(dst, byte(hi<<4|lo))
			i += 2
		default:
			dst = append(dst, c)
		}
	}
	return dst, true
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
