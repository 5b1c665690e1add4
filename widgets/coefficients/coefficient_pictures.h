#pragma once

#include "engine/model/coefficients.h"
#include "widgets/plot/picture.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace fxs::ui {

/// Which images B_l are from: all, one half set, or the halves' difference (what noise does to them).
enum class BlSource { all, halfA, halfB, halfDifference };
/// Before or after low-rank filtering, or what it took away (before - after).
enum class BlStage { filtered, before, removed };

/// Which coefficients are looked at. Held by shared pointer, cheap to copy.
struct BlChoice {
    std::shared_ptr<const FilterResult> result;
    BlSource source = BlSource::all;
    BlStage stage = BlStage::filtered;
    bool unitDiagonal = false; ///< divided by √(B_l(q,q) B_l(q',q')) instead of I_00(q) I_00(q')

    bool isAvailable() const;
    /// B_l(q_i, q_j), in intensity squared. Only where available.
    double value(std::size_t l, std::size_t i, std::size_t j) const;
};

/// Orders that a result holds: even ones alone where every odd one is zero (a density is real), else all.
std::vector<int> ordersOf(const FilterResult& result);

/// B_l(q,q') of an order: columns q', rows q in 1/Å. Null where not available. Cost: 100 x 100 shells under 1 ms.
PicturePtr orderPicture(const BlChoice& choice, int order);
/// B_l(q,q) / I_00(q)² of all orders: columns q in 1/Å, rows l.
PicturePtr diagonalPicture(const BlChoice& choice);
/// One row of it, with the standard errors from the half sets where they are known (empty otherwise).
struct BlDiagonal {
    std::vector<double> value, error;
};
BlDiagonal diagonalOf(const BlChoice& choice, int order);

} // namespace fxs::ui
