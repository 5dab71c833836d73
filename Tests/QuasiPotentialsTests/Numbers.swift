import Glibc

/// eˣ for plain comparisons.
func exponential(_ x: Double) -> Double { Glibc.exp(x) }

/// ln(1 + x).
func log1p(_ x: Double) -> Double { Glibc.log1p(x) }
