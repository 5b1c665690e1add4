#include "engine/math/spherical_transform.h"

#include "engine/core/error.h"
#include "engine/math/legendre.h"
#include "engine/math/ring_kernels.h"

#include <cblas.h>
#include <fmt/format.h>

#include <cmath>
#include <numbers>

namespace fxs {

namespace {

constexpr double kTwoPi = 2 * std::numbers::pi;

int toInt(std::size_t n) {
    return static_cast<int>(n);
}

} // namespace

int SphericalTransform::phiCountFor(int lMax, int mProduct, int fold) {
    // An order m of a product aliases to m − fold * phiCount, which must stay below −lMax.
    const int least = (lMax + mProduct) / fold + 1;
    return (least + 3) / 4 * 4;
}

SphericalTransform::SphericalTransform(int lMax, int thetaCount, int phiCount, int fold)
    : m_lMax(lMax), m_fold(fold), m_thetaCount(static_cast<std::size_t>(thetaCount)), m_half(m_thetaCount / 2),
      m_phiCount(static_cast<std::size_t>(phiCount)) {
    if (lMax < 0 || fold < 1 || thetaCount <= lMax || thetaCount % 2 != 0 || phiCount % 4 != 0 ||
        phiCount <= 2 * (lMax / fold))
        throw Error(
            ErrorCode::badSettings,
            fmt::format("spherical transform of order {} and fold {} has {} polar and {} azimuthal points, expected an "
                        "even number above {} and a multiple of 4 above {}",
                        lMax, fold, thetaCount, phiCount, lMax, 2 * (lMax / std::max(1, fold))));
    m_muCount = static_cast<std::size_t>(lMax / fold) + 1;
    for (int l = 0; l <= lMax; ++l) {
        m_offset.push_back(m_coefficientCount);
        m_coefficientCount += static_cast<std::size_t>(l / fold) + 1;
    }

    const Quadrature quadrature = gaussLegendre(thetaCount);
    m_cosTheta.assign(quadrature.nodes.rbegin(), quadrature.nodes.rend());
    for (auto w = quadrature.weights.rbegin(); w != quadrature.weights.rend(); ++w)
        m_pointWeights.push_back(*w * kTwoPi / phiCount);

    m_legendre.resize(2 * m_muCount);
    for (std::size_t mu = 0; mu < m_muCount; ++mu)
        for (std::size_t parity = 0; parity < 2; ++parity) {
            Legendre& table = m_legendre[2 * mu + parity];
            table.firstOrder = toInt(mu) * fold + toInt(parity);
            table.count = table.firstOrder > lMax ? 0 : static_cast<std::size_t>((lMax - table.firstOrder) / 2) + 1;
            table.p.resize(table.count * m_half);
            table.pw.resize(table.count * m_half);
        }
    std::vector<double> values(lmCount(lMax));
    for (std::size_t theta = 0; theta < m_half; ++theta) {
        normalisedLegendre(lMax, m_cosTheta[theta], values);
        for (std::size_t mu = 0; mu < m_muCount; ++mu)
            for (std::size_t parity = 0; parity < 2; ++parity) {
                Legendre& table = m_legendre[2 * mu + parity];
                for (std::size_t j = 0; j < table.count; ++j) {
                    const double p = values[lmIndex(table.firstOrder + 2 * toInt(j), toInt(mu) * fold)];
                    table.p[j * m_half + theta] = p;
                    table.pw[j * m_half + theta] = p * m_pointWeights[theta];
                }
            }
    }
    makeRingTables();
}

void SphericalTransform::makeRingTables() {
    const std::size_t quarter = m_phiCount / 4;
    m_ringSynthesis.assign(2 * m_muCount * quarter, 0.0);
    m_ringAnalysis.assign(2 * m_muCount * quarter, 0.0);
    for (std::size_t mu = 0; mu < m_muCount; ++mu)
        for (std::size_t k = 0; k < quarter; ++k) {
            const double angle =
                static_cast<double>(mu) * kTwoPi * (static_cast<double>(k) + 0.5) / static_cast<double>(m_phiCount);
            const double both = mu == 0 ? 1.0 : 2.0; // m and −m
            const std::size_t row = 2 * ringSlot(mu) * quarter;
            m_ringSynthesis[row + k] = both * std::cos(angle);
            m_ringSynthesis[row + quarter + k] = -both * std::sin(angle);
            m_ringAnalysis[row + k] = std::cos(angle);
            m_ringAnalysis[row + quarter + k] = -std::sin(angle);
        }
}

double SphericalTransform::phi(std::size_t k) const {
    return kTwoPi * (static_cast<double>(k) + 0.5) / static_cast<double>(m_phiCount * static_cast<std::size_t>(m_fold));
}

SphericalTransform::Scratch::Scratch(const SphericalTransform& t, std::size_t shells)
    : m_rings({2 * t.m_muCount * shells * t.m_thetaCount}),
      m_gathered({2 * shells * (static_cast<std::size_t>(t.m_lMax) / 2 + 1)}), m_even({2 * shells * t.m_half}),
      m_odd({2 * shells * t.m_half}), m_folded({t.m_phiCount * kRingBlock}) {}

void SphericalTransform::check(View<const double, 3> lm, View<const double, 3> field, std::size_t thetas,
                               const Scratch& scratch) const {
    const std::size_t shells = lm.extent(0);
    if (lm.extent(1) != m_coefficientCount || lm.extent(2) != 2 || field.extent(0) != m_phiCount ||
        field.extent(1) != shells || field.extent(2) != thetas || !lm.isContiguous() || !field.isContiguous() ||
        scratch.m_rings.size() < 2 * m_muCount * shells * thetas)
        throw Error(
            ErrorCode::internal,
            fmt::format("spherical transform was given coefficients [{}][{}][{}] and a field [{}][{}][{}], expected "
                        "[shell][{}][2] and [{}][shell][{}]",
                        lm.extent(0), lm.extent(1), lm.extent(2), field.extent(0), field.extent(1), field.extent(2),
                        m_coefficientCount, m_phiCount, thetas));
}

// out [(re, im), shell][northern θ] of one m: the sum over the table's orders.
void SphericalTransform::legendreSynthesis(const Legendre& table, std::size_t mu, View<const double, 3> lm, double* out,
                                           Scratch& scratch) const {
    const std::size_t shells = lm.extent(0), n = table.count;
    if (n == 0) {
        std::fill_n(out, 2 * shells * m_half, 0.0);
        return;
    }
    double* x = scratch.m_gathered.data();
    for (std::size_t s = 0; s < shells; ++s) {
        const double* from = lm.data() + s * 2 * m_coefficientCount;
        for (std::size_t j = 0; j < n; ++j) {
            const double* c = from + 2 * (m_offset[static_cast<std::size_t>(table.firstOrder) + 2 * j] + mu);
            x[s * n + j] = c[0];
            x[(shells + s) * n + j] = c[1];
        }
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, toInt(2 * shells), toInt(m_half), toInt(n), 1.0, x, toInt(n),
                table.p.data(), toInt(m_half), 0.0, out, toInt(m_half));
}

void SphericalTransform::legendreAnalysis(const Legendre& table, bool weighted, double scale, std::size_t mu,
                                          const double* rings, View<double, 3> lm, Scratch& scratch) const {
    const std::size_t shells = lm.extent(0), n = table.count;
    if (n == 0)
        return;
    double* x = scratch.m_gathered.data();
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, toInt(2 * shells), toInt(n), toInt(m_half), scale, rings,
                toInt(m_half), weighted ? table.pw.data() : table.p.data(), toInt(m_half), 0.0, x, toInt(n));
    for (std::size_t s = 0; s < shells; ++s) {
        double* to = lm.data() + s * 2 * m_coefficientCount;
        for (std::size_t j = 0; j < n; ++j) {
            double* c = to + 2 * (m_offset[static_cast<std::size_t>(table.firstOrder) + 2 * j] + mu);
            c[0] = x[s * n + j];
            c[1] = mu == 0 ? 0.0 : x[(shells + s) * n + j];
        }
    }
}

void SphericalTransform::ringSynthesis(const double* rings, std::size_t rows, double* field) const {
    synthesiseRings({m_ringSynthesis.data(), m_muCount, m_phiCount}, rings, rows, field);
}

void SphericalTransform::ringAnalysis(const double* field, std::size_t rows, double* rings, Scratch& scratch) const {
    analyseRings({m_ringAnalysis.data(), m_muCount, m_phiCount}, field, rows, rings, scratch.m_folded.data());
}

void SphericalTransform::synthesise(View<const double, 3> lm, View<double, 3> field, Scratch& scratch) const {
    check(lm, field, m_thetaCount, scratch);
    const std::size_t shells = lm.extent(0), rows = shells * m_thetaCount;
    for (std::size_t mu = 0; mu < m_muCount; ++mu) {
        double* even = scratch.m_even.data();
        double* odd = scratch.m_odd.data();
        legendreSynthesis(m_legendre[2 * mu], mu, lm, even, scratch);
        legendreSynthesis(m_legendre[2 * mu + 1], mu, lm, odd, scratch);
        double* rings = scratch.m_rings.data() + 2 * ringSlot(mu) * rows;
        for (std::size_t s = 0; s < 2 * shells; ++s) {
            double* north = rings + s * m_thetaCount;
            double* south = north + m_thetaCount - 1;
            for (std::size_t i = 0; i < m_half; ++i) {
                const double e = even[s * m_half + i], o = odd[s * m_half + i];
                north[i] = e + o;
                *(south - i) = e - o;
            }
        }
    }
    ringSynthesis(scratch.m_rings.data(), rows, field.data());
}

void SphericalTransform::analyseSphere(View<const double, 3> field, View<double, 3> lm, bool weighted,
                                       Scratch& scratch) const {
    check(lm, field, m_thetaCount, scratch);
    const std::size_t shells = lm.extent(0), rows = shells * m_thetaCount;
    ringAnalysis(field.data(), rows, scratch.m_rings.data(), scratch);
    for (std::size_t mu = 0; mu < m_muCount; ++mu) {
        double* even = scratch.m_even.data();
        double* odd = scratch.m_odd.data();
        const double* rings = scratch.m_rings.data() + 2 * ringSlot(mu) * rows;
        for (std::size_t s = 0; s < 2 * shells; ++s) {
            const double* north = rings + s * m_thetaCount;
            const double* south = north + m_thetaCount - 1;
            for (std::size_t i = 0; i < m_half; ++i) {
                even[s * m_half + i] = north[i] + *(south - i);
                odd[s * m_half + i] = north[i] - *(south - i);
            }
        }
        legendreAnalysis(m_legendre[2 * mu], weighted, 1.0, mu, even, lm, scratch);
        legendreAnalysis(m_legendre[2 * mu + 1], weighted, 1.0, mu, odd, lm, scratch);
    }
}

void SphericalTransform::analyse(View<const double, 3> field, View<double, 3> lm, Scratch& scratch) const {
    analyseSphere(field, lm, true, scratch);
}

void SphericalTransform::adjoint(View<const double, 3> field, View<double, 3> lm, Scratch& scratch) const {
    analyseSphere(field, lm, false, scratch);
}

void SphericalTransform::synthesiseNorth(OrderParity parity, View<const double, 3> lm, View<double, 3> field,
                                         Scratch& scratch) const {
    check(lm, field, m_half, scratch);
    const std::size_t rows = lm.extent(0) * m_half;
    for (std::size_t mu = 0; mu < m_muCount; ++mu) {
        const std::size_t m = mu * static_cast<std::size_t>(m_fold), odd = parity == OrderParity::odd ? 1 : 0;
        legendreSynthesis(m_legendre[2 * mu + (m + odd) % 2], mu, lm, scratch.m_rings.data() + 2 * ringSlot(mu) * rows,
                          scratch);
    }
    ringSynthesis(scratch.m_rings.data(), rows, field.data());
}

void SphericalTransform::analyseNorth(OrderParity parity, View<const double, 3> field, View<double, 3> lm,
                                      Scratch& scratch) const {
    check(lm, field, m_half, scratch);
    const std::size_t rows = lm.extent(0) * m_half;
    ringAnalysis(field.data(), rows, scratch.m_rings.data(), scratch);
    for (std::size_t mu = 0; mu < m_muCount; ++mu) {
        const std::size_t m = mu * static_cast<std::size_t>(m_fold), odd = parity == OrderParity::odd ? 1 : 0;
        legendreAnalysis(m_legendre[2 * mu + (m + odd) % 2], true, 2.0, mu,
                         scratch.m_rings.data() + 2 * ringSlot(mu) * rows, lm, scratch);
    }
}

} // namespace fxs
