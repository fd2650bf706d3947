package ivr

// KeysAt returns the keys that a call's step takes, as its menu has them for
// this call, without those that mean the same at every menu (0, 9, * and 7). It
// is empty at a step that awaits no key or collects digits.
//
// It is for pictures of the dialogue and for tests; the dialogue itself does not
// need it.
func (d *Dialogue) KeysAt(call Call, e Event) []byte {
	t := &talk{d: d, c: &call, e: e}
	m, ok := t.menuOf(call.Step)
	if !ok {
		return nil
	}
	var keys []byte
	for _, o := range m.options {
		switch o.key {
		case '0', '9', '*', '7':
		default:
			keys = append(keys, o.key)
		}
	}
	return keys
}
