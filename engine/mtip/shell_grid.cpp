#include "engine/mtip/shell_grid.h"

#include "engine/core/error.h"
#include "engine/math/spherical_bessel.h"

#include <cblas.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs {

namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kRadialOversampling = 2.5; // Δr = π / (this q_max)
constexpr int kOrderMargin = 4;

int toInt(std::size_t n) {
    return static_cast<int>(n);
}

} // namespace

double checkShells(const std::vector<double>& q, double diameterAngstrom) {
    if (!(diameterAngstrom > 0) || !std::isfinite(diameterAngstrom))
        throw Error(
            ErrorCode::badInput,
            fmt::format("phasing: the particle's diameter is {} Å, expected a positive number", diameterAngstrom));
    if (q.size() < 3)
        throw Error(ErrorCode::badInput, fmt::format("phasing: there are {} q shells, expected at least 3", q.size()));
    const double dq = 2 * q.front();
    for (std::size_t i = 0; i < q.size(); ++i) {
        const double expected = (static_cast<double>(i) + 0.5) * dq;
        if (!(dq > 0) || !(std::abs(q[i] - expected) <= 1e-6 * dq * static_cast<double>(q.size())))
            throw Error(ErrorCode::badInput,
                        fmt::format("phasing: q shell {} is at {} 1/Å, expected {} 1/Å: (i + 1/2) Δq with Δq = {}", i,
                                    q[i], expected, dq));
    }
    if (dq > kPi / diameterAngstrom * (1 + 1e-6))
        throw Error(
            ErrorCode::badInput,
            fmt::format("phasing: q shells are {} 1/Å apart, expected at most π/D = {} 1/Å for a diameter of {} Å", dq,
                        kPi / diameterAngstrom, diameterAngstrom));
    return dq;
}

ShellGrid::ShellGrid(std::vector<double> q, double diameterAngstrom, int intensityOrder, double boxRadii)
    : m_q(std::move(q)), m_diameter(diameterAngstrom) {
    m_dq = checkShells(m_q, m_diameter);
    const double radius = m_diameter / 2;
    m_amplitudeOrder = static_cast<int>(std::ceil(qMax() * radius - 1e-9)) + kOrderMargin;
    const int natural = static_cast<int>(std::ceil(qMax() * m_diameter - 1e-9));
    m_intensityOrder = intensityOrder > 0 ? intensityOrder : natural + natural % 2;
    m_intensityOrder -= m_intensityOrder % 2;
    m_intensityOrder = std::min(m_intensityOrder, 2 * m_amplitudeOrder);
    m_thetaCount = m_amplitudeOrder + m_intensityOrder / 2 + 2;
    m_thetaCount = std::max(m_thetaCount, m_intensityOrder + 1);
    m_thetaCount += m_thetaCount % 2;

    m_dr = kPi / (kRadialOversampling * qMax());
    const auto shells = static_cast<std::size_t>(std::ceil(boxRadii * radius / m_dr));
    for (std::size_t j = 0; j < shells; ++j)
        m_r.push_back((static_cast<double>(j) + 0.5) * m_dr);

    const auto orders = static_cast<std::size_t>(m_amplitudeOrder) + 1;
    m_forward = Array<double, 3>({orders, m_q.size(), m_r.size()});
    m_inverse = Array<double, 3>({orders, m_r.size(), m_q.size()});
    std::vector<double> bessel(orders);
    for (std::size_t i = 0; i < m_q.size(); ++i)
        for (std::size_t j = 0; j < m_r.size(); ++j) {
            sphericalBessel(m_amplitudeOrder, m_q[i] * m_r[j], bessel);
            for (std::size_t l = 0; l < orders; ++l) {
                m_forward(l, i, j) = 4 * kPi * bessel[l] * m_r[j] * m_r[j] * m_dr;
                m_inverse(l, j, i) = bessel[l] * m_q[i] * m_q[i] * m_dq / (2 * kPi * kPi);
            }
        }
}

int ShellGrid::phiCount(int fold) const {
    return SphericalTransform::phiCountFor(m_intensityOrder, std::max(2 * m_amplitudeOrder, m_intensityOrder), fold);
}

int ShellGrid::realThetaCount(double sampling) const {
    const int least = static_cast<int>(m_amplitudeOrder * (1 + sampling) / 2) + 1;
    return least + least % 2;
}

int ShellGrid::realPhiCount(double sampling, int fold) const {
    return SphericalTransform::phiCountFor(m_amplitudeOrder, static_cast<int>(m_amplitudeOrder * sampling), fold);
}

void ShellGrid::toAmplitudes(const SphericalTransform& layout, View<const double, 3> rho, View<double, 3> a) const {
    const int stride = toInt(2 * layout.coefficientCount()), nr = toInt(m_r.size());
    for (int l = 0; l <= m_amplitudeOrder; ++l)
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, toInt(a.extent(0)), toInt(2 * layout.orderCount(l)), nr,
                    1.0, m_forward[static_cast<std::size_t>(l)].data(), nr, rho.data() + 2 * layout.offset(l), stride,
                    0.0, a.data() + 2 * layout.offset(l), stride);
}

void ShellGrid::toDensity(const SphericalTransform& layout, View<const double, 3> a, View<double, 3> rho) const {
    const int stride = toInt(2 * layout.coefficientCount());
    for (int l = 0; l <= m_amplitudeOrder; ++l)
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, toInt(m_r.size()), toInt(2 * layout.orderCount(l)),
                    toInt(a.extent(0)), 1.0, m_inverse[static_cast<std::size_t>(l)].data(), toInt(m_q.size()),
                    a.data() + 2 * layout.offset(l), stride, 0.0, rho.data() + 2 * layout.offset(l), stride);
}

void ShellGrid::adjoint(const SphericalTransform& layout, View<const double, 3> a, View<double, 3> rho) const {
    const int stride = toInt(2 * layout.coefficientCount()), nr = toInt(m_r.size());
    for (int l = 0; l <= m_amplitudeOrder; ++l)
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, nr, toInt(2 * layout.orderCount(l)), toInt(a.extent(0)),
                    1.0, m_forward[static_cast<std::size_t>(l)].data(), nr, a.data() + 2 * layout.offset(l), stride,
                    0.0, rho.data() + 2 * layout.offset(l), stride);
}

} // namespace fxs
