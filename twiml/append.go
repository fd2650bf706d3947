package twiml

import "strconv"

const header = `<?xml version="1.0" encoding="UTF-8"?>`

// Append appends the document to dst and returns the extended slice, as the
// append functions of the standard library do. It cannot fail: what it is
// given is escaped, and control characters and invalid UTF-8 are dropped; use
// [Response.Validate] in tests and checks. dst grows at most once, unless the
// text is full of characters that need escaping.
func (r Response) Append(dst []byte) []byte {
	n := len(header) + len("<Response></Response>")
	for _, v := range r.Verbs {
		n += v.size()
	}
	if cap(dst)-len(dst) < n {
		dst = append(make([]byte, 0, len(dst)+n), dst...)
	}
	dst = append(dst, header...)
	if len(r.Verbs) == 0 {
		return append(dst, "<Response/>"...)
	}
	dst = append(dst, "<Response>"...)
	for _, v := range r.Verbs {
		dst = v.append(dst)
	}
	return append(dst, "</Response>"...)
}

// The helpers take an attribute's name with the space before and the =" after
// it, so that it is appended in one piece.

// attr appends a string attribute unless it is empty.
func attr[T ~string](dst []byte, name string, value T) []byte {
	if value == "" {
		return dst
	}
	return attrAlways(dst, name, string(value))
}

func attrAlways(dst []byte, name, value string) []byte {
	dst = append(dst, name...)
	dst = appendValue(dst, value)
	return append(dst, '"')
}

// attrInt appends a number unless it is zero.
func attrInt(dst []byte, name string, value int) []byte {
	if value == 0 {
		return dst
	}
	return attrIntAlways(dst, name, value)
}

func attrIntAlways(dst []byte, name string, value int) []byte {
	dst = append(dst, name...)
	dst = strconv.AppendInt(dst, int64(value), 10)
	return append(dst, '"')
}

// attrTrue appends a flag, whose default is false, if it is true.
func attrTrue(dst []byte, name string, value bool) []byte {
	if !value {
		return dst
	}
	dst = append(dst, name...)
	return append(dst, `true"`...)
}

func attrOptString(dst []byte, name string, o Optional[string]) []byte {
	if !o.Set {
		return dst
	}
	return attrAlways(dst, name, o.Value)
}

func attrOptInt(dst []byte, name string, o Optional[int]) []byte {
	if !o.Set {
		return dst
	}
	return attrIntAlways(dst, name, o.Value)
}

func attrOptBool(dst []byte, name string, o Optional[bool]) []byte {
	if !o.Set {
		return dst
	}
	dst = append(dst, name...)
	dst = strconv.AppendBool(dst, o.Value)
	return append(dst, '"')
}

// attrList appends words with sep between them unless there are none.
func attrList[T ~string](dst []byte, name, sep string, words []T) []byte {
	if len(words) == 0 {
		return dst
	}
	dst = append(dst, name...)
	for i, w := range words {
		if i > 0 {
			dst = append(dst, sep...)
		}
		dst = appendValue(dst, string(w))
	}
	return append(dst, '"')
}

// closeText ends an open start tag with text and the end tag, or at once when
// there is no text.
func closeText(dst []byte, text, end string) []byte {
	if text == "" {
		return append(dst, "/>"...)
	}
	dst = append(dst, '>')
	dst = appendText(dst, text)
	return append(dst, end...)
}
