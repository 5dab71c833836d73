import Glibc
import LinearAlgebra
import MarkovChains
import Testing

extension ReferenceChain {
  /// ln p(t) at some ln t from one state, as Σ_k x_k l_k e^{−λ_k t} with eigenvectors of 2500 to
  /// 12 000 digits (Arb), the same at two precisions.
  static let occupations:
    [(
      name: String, chain: ReferenceChain, start: Int, times: [(logTime: Double, logs: String)]
    )] = [
      (
        "reversible, 1e-100", .reversible100, 0,
        [
          (
            -20.0,
            """
            -9.7366079934102e-50 -112.853361848 -173.1305081758 -303.82429876846 -225.5007627612
            -259.54102977154 -304.89046125327 -139.00385496396 -326.21400123661 -345.58436627263
            -290.73761908761 -308.43072987693 -227.47153747637 -277.81011282147 -163.61020207477
            -368.13222123177 -281.1705662105 -270.93933679835 -322.27523361573 -267.56115016412
            -334.90304357355 -319.70702717121 -241.30986308782 -380.88250547524 -406.20060464483
            -404.20594685178 -308.49767030479 -393.14754072888 -339.53416371219 -255.30506468987
            """
          ),
          (
            20.0,
            """
            -3.9490174062293e-33 -74.611876648034 -94.38190601226 -184.83243940041 -146.89139074169
            -155.66430944552 -198.69269815278 -99.003854985975 -179.91507720853 -214.20197112975
            -171.73430694836 -189.42457621352 -161.80199020191 -167.22317271462 -84.861599911381
            -211.92148861521 -201.17056622517 -155.2563964505 -171.10233852165 -148.79363894361
            -152.37110313066 -160.72158332106 -122.30370942451 -181.74943697794 -247.04291998956
            -245.03953157086 -154.80369636986 -188.82446947566 -195.76104291715 -148.72293740151
            """
          ),
          (
            110.0,
            """
            -0.015236423600102 -74.624030722995 -15.369970866369 -101.94487920158 -94.242390641001
            -58.597018649075 -95.783888933849 -78.58776244868 -4.1923202581321 -81.847695236305
            -87.239653576849 -71.179456848491 -138.71806415731 -114.57405011452 -36.530428254979
            -33.477601199189 -48.225451470787 -106.77121664405 -107.3132661418 -94.479247445945
            -49.757625479435 -77.210136325065 -11.794181170565 -81.894100634584 -20.495991729565
            -87.469865742586 -79.811266521595 -86.210991818374 -36.603613264677 -13.125696301364
            """
          ),
          (
            150.0,
            """
            -16.738798752355 -91.34759305121 -20.170179408332 -106.74508774355 -90.050488185093
            -54.405116193167 -91.591988036923 -83.418856986792 -0.00041935115970067
            -77.655792780398 -91.936577049521 -75.979665390453 -133.37289370596 -110.38214765861
            -53.253990574007 -29.285698743281 -13.529541066636 -122.32649663311 -103.12136368589
            -90.287344990037 -63.558986246205 -73.018233869157 -28.517743489593 -77.702198178676
            -16.289170282362 -92.166789215455 -93.612627288368 -100.01235258514 -32.411710808769
            -7.7805258499286
            """
          ),
        ]
      ),
      (
        "reversible, 1e-300", .reversible300, 0,
        [
          (
            -30.0,
            """
            -9.8641010505144e-135 -308.56008554401 -458.00523016647 -817.8893773671
            -615.11599392248 -717.23679333497 -821.08786481982 -387.01156489189 -852.47415918094
            -943.16957560834 -778.62933832455 -831.70867069251 -621.028318068 -739.84681952595
            -429.44431186318 -978.04055603463 -782.12540427037 -719.23449145658 -840.4695931865
            -709.0999315539 -878.26638486835 -832.76497385295 -630.34607032499 -983.07253294015
            -1092.245706274 -1086.2617328948 -799.13690325367 -1019.7949286795 -925.01897098421
            -672.33167513114
            """
          ),
          (
            200.0,
            """
            -3.0398027077017e-50 -223.82638289657 -142.57837979926 -402.3031048049 -415.77099840217
            -323.00557936081 -438.75927614746 -246.19612449257 -239.45242332802 -439.63331735471
            -357.8788606044 -310.00683774564 -485.39672346551 -476.76597682272 -144.21431586203
            -299.68922866243 -410.61681669049 -354.44038869586 -454.98362490457 -416.481568817
            -202.95650613276 -364.67423421016 -114.01746203517 -378.72612713872 -406.80203384956
            -434.81810799411 -293.11742925924 -312.31660514957 -309.06714154541 -223.77673778058
            """
          ),
          (
            345.0,
            """
            -11.264094632964 -235.09047752953 -57.605219819524 -317.32994482516 -270.15021932714
            -163.21410335136 -274.77471888263 -247.35121184287 -1.2825339598534e-05
            -232.96613311306 -272.90563000635 -225.03367776589 -402.48695499988 -331.14519774769
            -120.80967009792 -87.855851001702 -115.12047219606 -331.0270650848 -309.36284582954
            -270.86078974197 -159.4252285711 -219.05345637933 -46.600928844677 -233.10534930789
            -48.866265618948 -273.59626650415 -249.58615169759 -268.78532758792 -97.233887198166
            -25.709851431777
            """
          ),
          (
            430.0,
            """
            -50.215138203659 -274.04152110022 -60.509280171589 -320.23400517723 -270.15020650187
            -163.21409052609 -274.77470605736 -250.25531290697 -7.3017683528755e-11
            -232.96612028779 -275.80847309516 -227.93773811795 -400.11742306449 -331.14518492242
            -159.76071366862 -87.855838176435 -40.587365146501 -366.97823184594 -309.36283300427
            -270.8607769167 -190.67570068521 -219.05344355407 -85.551972415372 -233.10533648262
            -48.866252793681 -276.49910959296 -280.8366238117 -300.03579970203 -97.2338743729
            -23.34031949638
            """
          ),
        ]
      ),
      (
        "birth-death, 1e-300", .birthDeath300, 19,
        [
          (
            -10.0,
            """
            -5710.0130459023 -5302.7835410006 -5199.5375149353 -4973.8676141136 -4571.9847351275
            -4512.5734446409 -3882.755503597 -3568.4983362609 -3261.1985195066 -2856.5062178768
            -2401.635055007 -2222.4931005337 -1519.638131725 -1329.4273007571 -962.50583571877
            -950.89639932122 -508.75332526732 -260.93081663463 -16.873580717263
            -4.6978269473861e-08
            """
          ),
          (
            300.0,
            """
            -1672.8085914308 -1456.4928129801 -1664.1775206304 -1541.6964874446 -1285.946456065
            -1395.8583656333 -966.96298904751 -963.64939549853 -967.39497395427 -869.89852460564
            -601.15588901695 -733.10050550976 -209.26970800929 -278.08986542974 -153.43466296839
            -453.42231746446 -22.665546849282 -81.541020763357 -1.4337653286887e-10
            -174.32933159142
            """
          ),
          (
            640.0,
            """
            -316.86019875001 -100.54442029932 -531.88912422368 -508.78243522354 -253.03240384396
            -362.94431341226 -111.61133541228 -115.62713016095 -153.03822328985 -348.24999769581
            -79.507362107131 -504.26434338619 -3.1632061376261e-05 -68.820189052512
            -10.361355167205 -391.61933195255 -165.79807125941 -224.67354517348 -143.13252441027
            -317.46185600155
            """
          ),
          (
            700.0,
            """
            -285.95771877646 -69.641940325766 -500.98664425013 -477.87995525603 -222.12992387645
            -332.04183344475 -80.708863301052 -84.724658049723 -122.13575117862 -348.24999769581
            -79.507362107131 -504.26434338619 -3.1632061376261e-05 -68.820189052512
            -10.361355167205 -391.61933195255 -165.79807125941 -224.67354517348 -143.13252441027
            -317.46185600155
            """
          ),
        ]
      ),
      (
        "directed, 1e-300", .directed300, 2,
        [
          (
            -5.0,
            """
            -802.28996346923 -171.244104 -1.2455944176609e-20 -385.649942 -615.28533018056
            -416.00864246923 -45.832089 -176.36659118056 -453.28038018056 -202.83833318056
            -225.83828946923 -836.74812483035
            """
          ),
          (
            150.0,
            """
            -492.03960571786 -370.89674470635 -370.12889170635 -212.49978320638 -570.268458
            -251.11572071786 -225.92224271786 -307.39051171786 -182.48371271786 -125.41201570635
            -3.4217920611378e-55 -553.958175
            """
          ),
          (
            300.0,
            """
            -406.35371971786 -370.89674470635 -370.12889170635 -62.792878 -464.158727
            -315.42983471786 -286.10345938391 -367.57172838391 -96.797826717862 -189.72612970635
            -5.3628985535533e-28 -553.958175
            """
          ),
          (
            500.0,
            """
            -369.36490001154 -410.82384470638 -361.88788901154 -4.5696274289401e-18 -401.365849
            -321.35198601151 -277.87862300003 -359.34689200003 -59.809007011537 -195.648281
            -39.927100000026 -593.88527500003
            """
          ),
        ]
      ),
    ]
}

@Suite("Time evolution")
struct TimeEvolutionTests {
  private func unit(_ state: Int, of count: Int) -> [Double] {
    (0..<count).map { $0 == state ? 1 : 0 }
  }

  @Test("Every probability to 1e-11, from fast to slow times over 300 decades", arguments: 0..<4)
  func reference(index: Int) throws {
    let item = ReferenceChain.occupations[index]
    let chain = try item.chain.chain()
    for (logTime, logs) in item.times {
      let start = unit(item.start, of: chain.stateCount)
      let values = try chain.logOccupation(afterLogTime: logTime, from: start)
      let error = largestError(values, ReferenceChain.numbers(logs))
      // The references have 14 digits.
      #expect(error < 2e-10, "\(item.name) at \(logTime): \(error)")
      let matrix = try chain.transitionMatrix(logLag: logTime)
      for (j, log) in ReferenceChain.numbers(logs).enumerated() where log > -700 {
        #expect(abs(matrix[item.start, j] / exp(log) - 1) < 2e-10)
      }
    }
  }

  // n independent one-way jumps: Poisson probabilities, e^{−t} tʲ/j!, and the rest in the last state.
  @Test("A one-way chain has Poisson probabilities", arguments: [-800.0, -3.0, 2.0, 4.0])
  func poisson(logTime: Double) throws {
    let n = 60
    let chain = try MarkovChain(
      stateCount: n + 1, transitions: (0..<n).map { .init(from: $0, to: $0 + 1, logRate: 50) })
    let values = try chain.logOccupation(afterLogTime: logTime - 50, from: unit(0, of: n + 1))
    let expected = (0..<n).map { Double($0) * logTime - exp(logTime) - lgamma(Double($0) + 1) }
    #expect(largestError(Array(values.prefix(n)), expected) < 1e-10)
  }

  // p(t) = 1/n + (2/n) Σ_k cos(θ_k/2) cos(θ_k(j + ½)) e^{−2(1 − cos θ_k)t}, θ_k = πk/n.
  @Test(
    "A uniform path of 600 states at short, middle and long times",
    arguments: [0.0, 7.0, 12.0, 30.0])
  func path(logTime: Double) throws {
    let n = 600
    let zeros = [Double](repeating: 0, count: n - 1)
    let chain = try birthDeath(up: zeros, down: zeros)
    let values = try chain.occupation(after: exp(logTime), from: unit(0, of: n))
    var worst = 0.0
    for j in 0..<n {
      var sum = 1 / Double(n)
      for k in 1..<n {
        let angle = Double.pi * Double(k) / Double(n)
        let decay = exp(-4 * sin(angle / 2) * sin(angle / 2) * exp(logTime))
        sum += 2 / Double(n) * cos(angle / 2) * cos(angle * (Double(j) + 0.5)) * decay
      }
      worst = max(worst, abs(sum - values[j]))
    }
    #expect(worst < 1e-11)
    #expect(abs(values.reduce(0, +) - 1) < 1e-11)
  }

  // Circulant: p_j(t) = (1/n) Σ_k e^{(ω^k − 1)t} ω^{−jk}.
  @Test("A one-way ring turns before it forgets", arguments: [3.0, 6.0, 8.0])
  func ring(logTime: Double) throws {
    let n = 200
    let chain = try MarkovChain(
      stateCount: n, transitions: (0..<n).map { .init(from: $0, to: ($0 + 1) % n, logRate: -500) })
    let values = try chain.logOccupation(afterLogTime: logTime + 500, from: unit(0, of: n))
    var worst = 0.0
    for j in 0..<n {
      let sum = (0..<n).reduce(0.0) { sum, k in
        let angle = 2 * Double.pi * Double(k) / Double(n)
        let t = exp(logTime)
        return sum + exp((cos(angle) - 1) * t) * cos(sin(angle) * t - angle * Double(j))
      }
      worst = max(worst, abs(exp(values[j]) - sum / Double(n)))
    }
    #expect(worst < 1e-11)
  }

  @Test("A landscape of 2000 states relaxes along its slowest modes")
  func landscape() throws {
    let n = 2000
    // Energies and saddles from a fixed sequence; each state joined to one or two nearby.
    var transitions: [MarkovChain.Transition] = []
    let energies = (0..<n).map { 20 * sin(Double($0 * $0)) }
    for i in 1..<n {
      for j in Set([max(0, i - 1 - (i * 7) % 20), i - 1 - i % 2 * (i > 1 ? 1 : 0)]) {
        let saddle = max(energies[i], energies[j]) + 15 + 14 * cos(Double(3 * i + j))
        transitions.append(.init(from: i, to: j, logRate: energies[i] - saddle))
        transitions.append(.init(from: j, to: i, logRate: energies[j] - saddle))
      }
    }
    let chain = try MarkovChain(stateCount: n, transitions: transitions)
    let start = unit(5, of: n)
    let modes = try chain.slowestModes(count: 12)
    let stationary = chain.logStationaryDistribution()
    let late = try chain.logOccupation(afterLogTime: modes[0].logTime + 20, from: start)
    #expect(largestError(late, stationary) < 1e-9)
    // p = π + Σ x l e^{−t/τ} over the modes that are left; for the last e^{−t/τ} < 1e-13.
    let time = modes[11].logTime + log(30.0)
    let values = try chain.logOccupation(afterLogTime: time, from: start)
    let worst = (0..<n).reduce(0.0) { worst, j in
      let sum = modes.reduce(exp(stationary[j])) {
        $0 + $1.right[5].value * $1.left[j].value * exp(-exp(time - $1.logTime))
      }
      return max(worst, abs(exp(values[j]) - sum))
    }
    #expect(worst < 1e-11)
  }

  @Test("Reducible chains, time zero and a start spread over states")
  func simple() throws {
    let chain = try makeChain("0>1:0 0>2:-1 3>0:-700")
    #expect(try chain.occupation(after: 0, from: [0.5, 0, 0, 0.5]) == [0.5, 0, 0, 0.5])
    let values = try chain.logOccupation(afterLogTime: 100, from: [1, 0, 0, 0])
    let sum = log1p(exp(-1.0))
    #expect(largestError(values.dropFirst().map { $0 }, [-sum, -1 - sum, -.infinity]) < 1e-14)
    let still = try MarkovChain(stateCount: 2, transitions: [])
    #expect(try still.occupation(after: 1e300, from: [0.25, 0.75]) == [0.25, 0.75])
    #expect(try still.transitionMatrix(logLag: 1e5) == .identity(2))
  }

  @Test("Wrong times and distributions are named")
  func errors() throws {
    let chain = try makeChain("0>1:0 1>0:0")
    #expect(throws: TimeEvolutionError.invalidTime(-1)) {
      try chain.occupation(after: -1, from: [1, 0])
    }
    #expect(throws: TimeEvolutionError.invalidLogTime(.infinity)) {
      try chain.logOccupation(afterLogTime: .infinity, from: [1, 0])
    }
    #expect(throws: TimeEvolutionError.invalidLength(3, stateCount: 2)) {
      try chain.occupation(after: 1, from: [1, 0, 0])
    }
    #expect(throws: TimeEvolutionError.invalidProbability(state: 1, value: -0.5)) {
      try chain.occupation(after: 1, from: [1.5, -0.5])
    }
    #expect(throws: TimeEvolutionError.invalidSum(0.75)) {
      try chain.occupation(after: 1, from: [0.5, 0.25])
    }
    #expect(throws: MarkovChainError.self) { try chain.transitionMatrix(logLag: .nan) }
    let texts = [
      TimeEvolutionError.invalidTime(-1), .invalidLogTime(.nan), .invalidLength(1, stateCount: 2),
      .invalidProbability(state: 0, value: 2), .invalidSum(3),
      .notConverged(logTime: 1, difference: 2),
    ].map(\.description)
    #expect(texts.allSatisfy { !$0.isEmpty })
  }
}
