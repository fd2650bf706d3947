package ledger

// AuditActions are all actions of the audit's rows but those of number changes,
// whose names are in package numberchange, after "number_change_". A search offers
// them; the ledger takes others, too. docs/ledger.md says what each is.
func AuditActions() []string {
	return []string{
		"add_key", "agent_links", "agent_push", "agent_suspect", "allow",
		"call", "callback", "callback_dial", "callback_end", "case", "close_desk", "consult",
		"disable_factor", "enable_factor", "end_session", "event", "freeze", "import_numbers", "links", "notice", "open_desk",
		"remove_pin", "set_pin", "set_recovery_codes", "spend", "threat_off", "threat_on", "transfer",
		"unfreeze", "unlock", "use_recovery_code", "wrap_up",
	}
}
