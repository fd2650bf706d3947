package twiml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Twilio's codes for a document that it cannot or should not play, as
// [ParseError] and [Problem] carry them.
const (
	// CodeTooLarge fails the call: more than [MaxBytes].
	CodeTooLarge = 11750
	// CodeMalformed fails the call: not XML, or its root is not Response.
	CodeMalformed = 12100
	// CodeSchema is a warning at Twilio, which then ignores what it does not
	// know: a misspelt verb or attribute, a value or nesting that is not allowed.
	CodeSchema = 12200
	// CodeHoldVerb is a verb that hold music may not use.
	CodeHoldVerb = 13238
	// CodeSayTooLong is a warning: more characters than the voice takes.
	CodeSayTooLong = 13521
)

// maxDepth is how deep elements may nest; real documents need about 6.
const maxDepth = 32

// ParseError says what is wrong in a document, and where. Its text names
// elements and attributes, never their values, which may hold what must not be
// logged.
type ParseError struct {
	// Code is Twilio's for the mistake: [CodeTooLarge] and [CodeMalformed] fail
	// the call there; [CodeSchema] is only a warning there, and an error here.
	Code int
	// Line, from 1, and Offset in bytes, from 0, of the element or text.
	Line   int
	Offset int64
	// Element and Attribute are at fault; empty when it is not about one.
	Element   string
	Attribute string
	// Reason in words.
	Reason string
}

// Error is the place, the element and attribute, and the reason.
func (e *ParseError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "twiml: line %d, byte %d: ", e.Line, e.Offset)
	switch {
	case e.Attribute != "":
		fmt.Fprintf(&b, "attribute %s of <%s>: ", clip(e.Attribute), clip(e.Element))
	case e.Element != "":
		fmt.Fprintf(&b, "<%s>: ", clip(e.Element))
	}
	b.WriteString(e.Reason)
	return b.String()
}

// clip keeps a name from a foreign document short and printable.
func clip(name string) string {
	if len(name) > 40 {
		name = name[:40] + "..."
	}
	return strings.Trim(fmt.Sprintf("%q", name), `"`)
}

// Parse reads a document. It is stricter than Twilio: where Twilio warns and
// goes on (unknown verbs, attributes and values, a verb where it may not
// stand, all [CodeSchema]), Parse refuses, as it does for what Twilio fails
// ([CodeMalformed], [CodeTooLarge]). Names and values are case-sensitive, an
// attribute must not be empty unless its field is an [Optional] string, and
// the order of verbs, prompts and speech parts is kept. White space is kept in
// a [Say] and trimmed around URLs, numbers and names. An attribute that states
// a default which its field cannot tell from unset reads as unset. Comments
// and control characters are dropped; a document type declaration is refused.
//
// Every error is a [*ParseError]. Limits on values and combinations are the
// business of [Response.Validate].
func Parse(doc []byte) (Response, error) {
	if len(doc) > MaxBytes {
		return Response{}, &ParseError{Code: CodeTooLarge, Line: 1, Reason: "document is longer than 64 KB"}
	}
	p := &parser{dec: xml.NewDecoder(bytes.NewReader(doc))}
	r, err := p.document()
	if err != nil {
		return Response{}, err
	}
	return r, nil
}

// parser reads tokens and remembers where each began.
type parser struct {
	dec    *xml.Decoder
	line   int
	offset int64
	depth  int
}

func (p *parser) document() (Response, error) {
	root, err := p.root()
	if err != nil {
		return Response{}, err
	}
	a := p.attrs(root)
	if err := a.done(); err != nil {
		return Response{}, err
	}
	var r Response
	err = p.children(root, func(child xml.StartElement) error {
		v, err := p.verb(child)
		if err == nil {
			r.Verbs = append(r.Verbs, v)
		}
		return err
	}, nil)
	if err != nil {
		return Response{}, err
	}
	return r, p.end()
}

// root reads up to the start of the root element, which must be Response.
func (p *parser) root() (xml.StartElement, error) {
	for {
		tok, err := p.token()
		if err != nil {
			return xml.StartElement{}, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if name(t.Name) != "Response" {
				return t, p.fail(CodeMalformed, name(t.Name), "the root element must be Response")
			}
			return t, nil
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return xml.StartElement{}, p.fail(CodeMalformed, "", "text before the root element")
			}
		}
	}
}

// end reads what follows the root element: nothing but white space.
func (p *parser) end() error {
	for {
		tok, err := p.token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if t, ok := tok.(xml.CharData); !ok || len(bytes.TrimSpace(t)) > 0 {
			return p.fail(CodeMalformed, "", "content after the root element")
		}
	}
}

// token is the next one that matters. At the end of the document it is io.EOF.
func (p *parser) token() (xml.Token, error) {
	for {
		p.line, _ = p.dec.InputPos()
		p.offset = p.dec.InputOffset()
		tok, err := p.dec.Token()
		if errors.Is(err, io.EOF) && p.closed() {
			return nil, io.EOF
		}
		if err != nil {
			return nil, p.malformed()
		}
		switch t := tok.(type) {
		case xml.Comment:
		case xml.Directive:
			return nil, p.fail(CodeMalformed, "", "document type declarations are not allowed")
		case xml.ProcInst:
			if t.Target != "xml" || p.offset != 0 {
				return nil, p.fail(CodeMalformed, "", "processing instruction out of place")
			}
		default:
			return tok, nil
		}
	}
}

// closed tells whether a root element was seen and ended; the decoder itself
// reports elements that are still open.
func (p *parser) closed() bool { return p.depth < 0 }

func (p *parser) fail(code int, element, reason string) *ParseError {
	return &ParseError{Code: code, Line: p.line, Offset: p.offset, Element: element, Reason: reason}
}

// malformed stands for an error of the decoder, whose text may quote the
// document.
func (p *parser) malformed() *ParseError {
	return p.fail(CodeMalformed, "", "not well-formed XML")
}

// name is an element's or attribute's name as it is written in the document,
// where a name space is never part of TwiML but in xml:lang.
func name(n xml.Name) string {
	switch n.Space {
	case "":
		return n.Local
	case "xml", "http://www.w3.org/XML/1998/namespace":
		return "xml:" + n.Local
	default:
		return n.Space + ":" + n.Local
	}
}
