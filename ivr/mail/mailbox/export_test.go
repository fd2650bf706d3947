package mailbox

// Parse is parse for its fuzz test.
func Parse(raw []byte) (Message, error) { return parse(raw) }
