package signature

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxBody is the longest form, in bytes, that is read; Twilio's are under 4 KB.
const MaxBody = 1<<16 - 1

// maxFields is the largest number of fields in a form; Twilio sends under 50.
const maxFields = 128

// inline is how many fields a Form holds without allocating.
const inline = 40

// Form is a posted form whose keys are unique. It reads from the body that it
// was made of, which must not be changed while the Form is in use. The zero
// Form is empty. Reading it from several goroutines is safe.
type Form struct {
	body []byte // as posted, but with keys decoded
	few  [inline]field
	many []field // all of them, when there are more than few holds
	n    int
}

// field is where a key, and its value as it was escaped, stand in the body.
type field struct{ key, keyEnd, value, valueEnd uint16 }

func (x field) keyIn(body []byte) []byte   { return body[x.key:x.keyEnd] }
func (x field) valueIn(body []byte) []byte { return body[x.value:x.valueEnd] }

// Get is the decoded value of a key, or "" when the form does not have it.
func (f *Form) Get(key string) string {
	v, _ := f.Lookup(key)
	return v
}

// Lookup is Get that also tells an empty value from a key that is not there.
func (f *Form) Lookup(key string) (value string, ok bool) {
	fields := f.fields()
	i, ok := slices.BinarySearchFunc(fields, key, func(x field, key string) int {
		return strings.Compare(string(x.keyIn(f.body)), key)
	})
	if !ok {
		return "", false
	}
	raw := fields[i].valueIn(f.body)
	if bytes.IndexByte(raw, '%') < 0 && bytes.IndexByte(raw, '+') < 0 {
		return string(raw), true
	}
	var buf [64]byte
	decoded, _ := unescape(buf[:0], raw)
	return string(decoded), true
}

// Len is the number of fields.
func (f *Form) Len() int { return f.n }

// fields are sorted by key.
func (f *Form) fields() []field {
	if f.many != nil {
		return f.many
	}
	return f.few[:f.n]
}

// parse finds the fields of a form and sorts them by key. It checks all but
// the values, which decode does.
func (f *Form) parse(body []byte) error {
	*f = Form{body: body}
	if len(body) == 0 {
		return nil
	}
	if len(body) > MaxBody {
		return ErrTooLarge
	}
	if f.n = bytes.Count(body, []byte{'&'}) + 1; f.n > maxFields {
		return ErrMalformed
	}
	if f.n > inline {
		f.many = make([]field, f.n)
	}
	fields := f.fields()
	start := 0
	for i := range fields {
		end := len(body)
		if n := bytes.IndexByte(body[start:], '&'); n >= 0 {
			end = start + n
		}
		x := field{key: uint16(start), keyEnd: uint16(end), value: uint16(end), valueEnd: uint16(end)}
		if n := bytes.IndexByte(body[start:end], '='); n >= 0 {
			x.keyEnd, x.value = uint16(start+n), uint16(start+n+1)
		}
		if !isKey(x.keyIn(body)) {
			return ErrMalformed
		}
		fields[i] = x
		start = end + 1
	}
	return f.sort(fields)
}

// sort orders the fields by their decoded keys, of which no two may be equal.
func (f *Form) sort(fields []field) error {
	if err := f.decodeKeys(fields); err != nil {
		return err
	}
	body := f.body
	slices.SortFunc(fields, func(a, b field) int { return bytes.Compare(a.keyIn(body), b.keyIn(body)) })
	for i := 1; i < len(fields); i++ {
		if bytes.Equal(fields[i-1].keyIn(body), fields[i].keyIn(body)) {
			return ErrDuplicate
		}
	}
	return nil
}

// decodeKeys makes a copy of the body in which keys are decoded, if there is
// one that needs it; Twilio sends none.
func (f *Form) decodeKeys(fields []field) error {
	if !slices.ContainsFunc(fields, func(x field) bool { return bytes.IndexByte(x.keyIn(f.body), '%') >= 0 }) {
		return nil
	}
	body := slices.Clone(f.body)
	for i, x := range fields {
		// In place: a decoded key is never longer than it was.
		key, ok := unescape(body[x.key:x.key], x.keyIn(f.body))
		if !ok || !isKey(key) {
			return ErrMalformed
		}
		fields[i].keyEnd = x.key + uint16(len(key))
	}
	f.body = body
	return nil
}

// decode appends the keys and values as they are signed: one after another, in
// the order of the keys. Values that are badly escaped or not UTF-8 are no form.
func (f *Form) decode(dst []byte) ([]byte, error) {
	var ok bool
	for _, x := range f.fields() {
		dst = append(dst, x.keyIn(f.body)...)
		if dst, ok = unescape(dst, x.valueIn(f.body)); !ok {
			return dst, ErrMalformed
		}
	}
	// Keys are ASCII and stand between the values, so that what is no UTF-8 by
	// itself cannot become so by its neighbour.
	if !utf8.Valid(dst) {
		return dst, ErrMalformed
	}
	return dst, nil
}

// isKey reports whether a key is there and has none but printing ASCII
// characters; an unescaped plus would be a space.
func isKey(k []byte) bool {
	for _, c := range k {
		if c <= ' ' || c >= 0x7f || c == '+' {
			return false
		}
	}
	return len(k) > 0
}

// unescape appends the decoded form of s. A broken escape is no form.
func unescape(dst, s []byte) ([]byte, bool) {
	for {
		i := bytes.IndexAny(s, "%+")
		if i < 0 {
			return append(dst, s...), true
		}
		dst = append(dst, s[:i]...)
		if s[i] == '+' {
			dst = append(dst, ' ')
			s = s[i+1:]
			continue
		}
		if i+2 >= len(s) {
			return dst, false
		}
		hi, lo := unhex(s[i+1]), unhex(s[i+2])
		if hi < 0 || lo < 0 {
			return dst, false
		}
		dst = append(dst, byte(hi<<4|lo))
		s = s[i+3:]
	}
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
