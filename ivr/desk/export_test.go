package desk

// Expected is how long a wait is expected to last.
var Expected = expected
