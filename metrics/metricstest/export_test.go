package metricstest

// Retarget is retarget, for its refusals.
var Retarget = retarget
