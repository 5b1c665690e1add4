#include "engine/density/rotation_search.h"

#include "engine/core/parallel.h"
#include "engine/density/direction_field.h"
#include "engine/math/legendre.h"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs {

namespace {

constexpr double kPi = std::numbers::pi;

/// I_lm of |A|² for even l <= maxOrder, each shell normalised over l >= 2.
Array<double, 3> intensities(const SphericalAmplitudes& a, int maxOrder) {
    const int order = std::max(a.maxOrder, maxOrder);
    SphericalAmplitudes padded{order, a.q, Array<double, 3>({a.q.size(), lmCount(order), 2})};
    for (std::size_t i = 0; i < a.q.size(); ++i)
        std::copy_n(&a.lm(i, 0, 0), 2 * lmCount(a.maxOrder), &padded.lm(i, 0, 0));
    // |A|² has orders up to 2 maxOrder: the margin keeps them from folding onto those wanted.
    const DirectionGrid grid(order, a.q, a.maxOrder);
    DirectionField field = grid.synthesise(padded);
    for (std::size_t k = 0; k < field.re.size(); ++k)
        field.re.data()[k] = std::pow(field.re.data()[k], 2) + std::pow(field.im.data()[k], 2);
    SphericalTransform::Scratch scratch(grid.transform(), a.q.size());
    Array<double, 3> lm({a.q.size(), lmCount(order), 2});
    grid.transform().analyseNorth(OrderParity::even, field.re, lm, scratch);
    for (std::size_t i = 0; i < a.q.size(); ++i) {
        double norm = 0;
        for (int l = 2; l <= maxOrder; l += 2)
            for (int m = 0; m <= l; ++m)
                for (std::size_t part = 0; part < 2; ++part)
                    norm += (m == 0 ? 1 : 2) * std::pow(lm(i, lmIndex(l, m), part), 2);
        const double scale = norm > 0 ? 1 / std::sqrt(norm) : 0;
        for (std::size_t k = 0; k < 2 * lmCount(order); ++k)
            lm.data()[i * 2 * lmCount(order) + k] *= scale;
    }
    return lm;
}

/// Σ_q I_lm I'_lm' in packed real parts (cosine m >= 0, sine m >= 1), per even l: [cc, cs, sc, ss][m][m'].
struct CrossTerms {
    int l = 0;
    Array<double, 3> product;
};

std::vector<CrossTerms> crossTerms(const Array<double, 3>& first, const Array<double, 3>& second, int maxOrder) {
    std::vector<CrossTerms> out;
    for (int l = 2; l <= maxOrder; l += 2) {
        const auto n = static_cast<std::size_t>(l) + 1;
        CrossTerms terms{l, Array<double, 3>({4, n, n})};
        for (std::size_t i = 0; i < first.extent(0); ++i)
            for (std::size_t m = 0; m < n; ++m)
                for (std::size_t k = 0; k < n; ++k) {
                    const double scale = (m == 0 ? 1.0 : std::numbers::sqrt2) * (k == 0 ? 1.0 : std::numbers::sqrt2);
                    const double* x = &first(i, lmIndex(l, static_cast<int>(m)), 0);
                    const double* y = &second(i, lmIndex(l, static_cast<int>(k)), 0);
                    terms.product(0, m, k) += scale * x[0] * y[0];
                    terms.product(1, m, k) += scale * x[0] * y[1];
                    terms.product(2, m, k) += scale * x[1] * y[0];
                    terms.product(3, m, k) += scale * x[1] * y[1];
                }
        out.push_back(std::move(terms));
    }
    return out;
}

/// Coefficients of cos/sin(mα) x cos/sin(m'γ) at one β: [2m + (cos, sin)][2m' + (cos, sin)].
void coefficientsAt(const WignerRotator& rotator, const std::vector<CrossTerms>& terms, double beta,
                    std::vector<double>& blocks, Array<double, 2>& out) {
    rotator.yBlocks(beta, blocks);
    std::fill(out.span().begin(), out.span().end(), 0.0);
    for (const CrossTerms& t : terms) {
        const auto n = static_cast<std::size_t>(t.l) + 1;
        const double* cosine = blocks.data() + WignerRotator::blockOffset(t.l);
        const double* sine = cosine + n * n;
        for (std::size_t m = 0; m < n; ++m)
            for (std::size_t k = 0; k < n; ++k) {
                const double c = cosine[m * n + k];
                const double s = m > 0 && k > 0 ? sine[(m - 1) * (n - 1) + k - 1] : 0.0;
                const double cc = t.product(0, m, k), cs = t.product(1, m, k);
                const double sc = t.product(2, m, k), ss = t.product(3, m, k);
                out(2 * m, 2 * k) += c * cc + s * ss;
                out(2 * m, 2 * k + 1) += c * cs - s * sc;
                out(2 * m + 1, 2 * k) += s * cs - c * sc;
                out(2 * m + 1, 2 * k + 1) -= c * ss + s * cc;
            }
    }
}

struct EulerGrid {
    std::size_t betas, alphas; ///< as many γ as α
    double beta(std::size_t k) const { return (static_cast<double>(k) + 0.5) * kPi / static_cast<double>(betas); }
    double alpha(std::size_t k) const { return 2 * kPi * static_cast<double>(k) / static_cast<double>(alphas); }
};

Array<float, 3> correlations(const std::vector<CrossTerms>& terms, int maxOrder, const EulerGrid& grid,
                             const TaskContext& task) {
    const std::size_t waves = 2 * (static_cast<std::size_t>(maxOrder) + 1), n = grid.alphas;
    Array<double, 2> trigonometric({n, waves});
    for (std::size_t a = 0; a < n; ++a)
        for (std::size_t m = 0; m <= static_cast<std::size_t>(maxOrder); ++m) {
            trigonometric(a, 2 * m) = std::cos(static_cast<double>(m) * grid.alpha(a));
            trigonometric(a, 2 * m + 1) = std::sin(static_cast<double>(m) * grid.alpha(a));
        }
    const WignerRotator rotator(maxOrder);
    Array<float, 3> out = Array<float, 3>::uninitialised({grid.betas, n, n});
    parallelFor(grid.betas, 1, task, [&](const tbb::blocked_range<std::size_t>& range) {
        std::vector<double> blocks(rotator.blockSize());
        Array<double, 2> coefficients({waves, waves}), half({n, waves}), full({n, n});
        for (std::size_t b = range.begin(); b != range.end(); ++b) {
            coefficientsAt(rotator, terms, grid.beta(b), blocks, coefficients);
            const auto in = static_cast<int>(n), iw = static_cast<int>(waves);
            cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, in, iw, iw, 1.0, trigonometric.data(), iw,
                        coefficients.data(), iw, 0.0, half.data(), iw);
            cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, in, in, iw, 1.0, half.data(), iw, trigonometric.data(),
                        iw, 0.0, full.data(), in);
            std::copy(full.span().begin(), full.span().end(), &out(b, 0, 0));
        }
    });
    return out;
}

bool isLocalMaximum(const Array<float, 3>& value, std::size_t b, std::size_t a, std::size_t c) {
    const std::size_t n = value.extent(1);
    const float here = value(b, a, c);
    for (std::size_t k = b == 0 ? 0 : b - 1; k <= std::min(b + 1, value.extent(0) - 1); ++k)
        for (std::size_t i : {a + n - 1, a, a + 1})
            for (std::size_t j : {c + n - 1, c, c + 1})
                if (value(k, i % n, j % n) > here)
                    return false;
    return true;
}

} // namespace

std::vector<RotationPeak> searchRotations(const SphericalAmplitudes& reference, const SphericalAmplitudes& moving,
                                          int maxOrder, std::size_t count, const TaskContext& task) {
    if (reference.q != moving.q)
        throw Error(ErrorCode::badInput, "rotation search on different shells");
    maxOrder = std::max(2, maxOrder - maxOrder % 2);
    const auto terms = crossTerms(intensities(reference, maxOrder), intensities(moving, maxOrder), maxOrder);
    const auto order = static_cast<std::size_t>(maxOrder);
    const EulerGrid grid{2 * order, 4 * order};
    const Array<float, 3> value = correlations(terms, maxOrder, grid, task);

    struct Place {
        float value;
        std::size_t b, a, c;
    };
    std::vector<Place> places;
    for (std::size_t b = 0; b < grid.betas; ++b)
        for (std::size_t a = 0; a < grid.alphas; ++a)
            for (std::size_t c = 0; c < grid.alphas; ++c)
                if (isLocalMaximum(value, b, a, c))
                    places.push_back({value(b, a, c), b, a, c});
    std::stable_sort(places.begin(), places.end(), [](const Place& x, const Place& y) { return x.value > y.value; });

    const double apart = 2.5 * kPi / static_cast<double>(grid.betas);
    std::vector<RotationPeak> peaks;
    for (const Place& p : places) {
        const Rotation rotation = Rotation::fromEulerZyz({grid.alpha(p.a), grid.beta(p.b), grid.alpha(p.c)});
        const bool isNew = std::none_of(peaks.begin(), peaks.end(), [&](const RotationPeak& peak) {
            return (peak.rotation.inverse() * rotation).angle() < apart;
        });
        if (isNew)
            peaks.push_back({rotation, p.value / static_cast<double>(reference.q.size())});
        if (peaks.size() == count)
            break;
    }
    return peaks;
}

} // namespace fxs
