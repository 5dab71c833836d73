import Glibc
import Landscapes

/// The hyperbolic sine, accurate near zero where the scalar has it.
func hyperbolicSine<S: Scalar>(_ x: S) -> S {
  if S.self == Double.self { return cast(Glibc.sinh(cast(x) as Double)) }
  if S.self == Lanes.self { return cast((cast(x) as Lanes).map { Glibc.sinh($0) }) }
  if S.self == Interval.self {
    let x: Interval = cast(x)
    return cast(library(Glibc.sinh(x.lower), Glibc.sinh(x.upper)))
  }
  return S.sinh(x)
}

/// The hyperbolic cosine.
func hyperbolicCosine<S: Scalar>(_ x: S) -> S {
  if S.self == Double.self { return cast(Glibc.cosh(cast(x) as Double)) }
  if S.self == Lanes.self { return cast((cast(x) as Lanes).map { Glibc.cosh($0) }) }
  if S.self == Interval.self {
    let x: Interval = cast(x)
    let result = library(Glibc.cosh(x.mignitude), Glibc.cosh(x.magnitude))
    return cast(Interval(max(1, result.lower), result.upper))
  }
  return S.cosh(x)
}

/// The tangent; for intervals the whole line where a pole may lie inside.
func tangent<S: Scalar>(_ x: S) -> S {
  if S.self == Double.self { return cast(Glibc.tan(cast(x) as Double)) }
  if S.self == Lanes.self { return cast((cast(x) as Lanes).map { Glibc.tan($0) }) }
  if S.self == Interval.self {
    let x: Interval = cast(x)
    let cosine = Interval.cos(x)
    // No zero of the cosine inside and less than half a turn: the tangent increases.
    guard x.width < 3, cosine.lower > 0 || cosine.upper < 0 else { return cast(Interval.whole) }
    return cast(library(Glibc.tan(x.lower), Glibc.tan(x.upper)))
  }
  return S.tan(x)
}

/// The enclosure between two results of library functions, whose error is below four units in the
/// last place.
private func library(_ lower: Double, _ upper: Double) -> Interval {
  guard lower <= upper else { return .whole }
  return Interval(
    lower.nextDown.nextDown.nextDown.nextDown, upper.nextUp.nextUp.nextUp.nextUp)
}

/// The same bits as another type; only called where both types are the same.
@inline(__always)
private func cast<A: BitwiseCopyable, B: BitwiseCopyable>(_ x: A) -> B {
  unsafeBitCast(x, to: B.self)
}
