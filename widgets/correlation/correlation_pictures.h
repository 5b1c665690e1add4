#pragma once

#include "engine/model/coefficients.h"
#include "engine/model/correlation.h"
#include "widgets/plot/picture.h"

#include <memory>
#include <vector>

namespace fxs::ui {

/// Which C2 is looked at: as accumulated, as the filtered coefficients give it back, or their difference (raw - filtered).
enum class C2Kind { raw, filtered, difference };

/// What pictures of C2 are made from and how. Values are held by shared pointers: cheap to copy into background work.
struct C2Selection {
    std::shared_ptr<const CorrelationSums> sums;
    std::shared_ptr<const FilterResult> filtered;
    C2Kind kind = C2Kind::raw;
    bool subtractMean = true; ///< without m = 0: what correlations of orientation say
    bool normalise = true;    ///< divided by <I(q)><I(q')>: no unit
    /// Another label's sums, taken off the raw C2: each is normalised by its own mean image first.
    std::shared_ptr<const CorrelationSums> minus;

    /// Whether there is what kind asks for, on grids that fit each other.
    bool isAvailable() const;
    C2Selection of(C2Kind other) const;
};

/// C2(q,q,Δφ): columns Δφ in degrees, rows q in 1/Å. Any thread. Null where the selection is not available. NaN on rings that
/// a mask leaves nothing of.
/// Cost: 300 rings, 256 azimuths: 5 ms; filtered 15 ms.
PicturePtr diagonalPicture(const C2Selection& selection);
/// C2(q,q',Δφ_k): columns q', rows q in 1/Å, k an azimuth of the grid.
/// Cost: reads all sums: 60 ms for 300 rings, 256 azimuths, full parity on one core; several times that where masks vary.
PicturePtr mapPicture(const C2Selection& selection, std::size_t deltaIndex);

/// C2(q1,q2,Δφ) with its standard error (raw only; see C2Line for what it is and is not).
struct C2Cut {
    std::vector<double> degrees, value, error;
};
C2Cut lineCut(const C2Selection& selection, std::size_t q1, std::size_t q2);

} // namespace fxs::ui
