#include "engine/math/rotation.h"

#include "engine/core/error.h"
#include "engine/math/random.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs {

namespace {

/// The lane of the random streams that rotations use, so that they never share numbers with pixels' lanes, which count
/// from 0.
constexpr std::uint32_t kRotationLane = 0xFFFFFFFF;

} // namespace

Rotation Rotation::fromQuaternion(double w, double x, double y, double z) {
    const double norm = std::sqrt(w * w + x * x + y * y + z * z);
    if (!(norm > 0) || !std::isfinite(norm))
        throw Error(ErrorCode::badInput,
                    "a rotation's quaternion has no direction, expected four finite numbers, not all 0");
    Rotation rotation;
    rotation.m_q = {w / norm, x / norm, y / norm, z / norm};
    return rotation;
}

Rotation Rotation::fromAxisAngle(const std::array<double, 3>& axis, double angle) {
    const double norm = std::hypot(axis[0], axis[1], axis[2]);
    if (!(norm > 0) || !std::isfinite(norm))
        throw Error(ErrorCode::badInput,
                    "a rotation's axis has no direction, expected three finite numbers, not all 0");
    const double s = std::sin(0.5 * angle) / norm;
    return fromQuaternion(std::cos(0.5 * angle), s * axis[0], s * axis[1], s * axis[2]);
}

Rotation Rotation::fromEulerZyz(const EulerZyz& angles) {
    const double c = std::cos(0.5 * angles.beta);
    const double s = std::sin(0.5 * angles.beta);
    const double sum = 0.5 * (angles.alpha + angles.gamma);
    const double difference = 0.5 * (angles.alpha - angles.gamma);
    return fromQuaternion(c * std::cos(sum), -s * std::sin(difference), s * std::cos(difference), c * std::sin(sum));
}

Rotation Rotation::fromMatrix(const std::array<std::array<double, 3>, 3>& m) {
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j) {
            const double product = m[i][0] * m[j][0] + m[i][1] * m[j][1] + m[i][2] * m[j][2];
            if (!(std::abs(product - (i == j ? 1.0 : 0.0)) < 1e-6))
                throw Error(ErrorCode::badInput, "a rotation's matrix is not orthonormal");
        }
    const double determinant = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
                               m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
                               m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
    if (determinant < 0)
        throw Error(ErrorCode::badInput, "a rotation's matrix has determinant -1: it mirrors");
    // Shepperd: divide by the largest of the four, so that no digits are lost.
    const std::array<double, 4> squares{1 + m[0][0] + m[1][1] + m[2][2], 1 + m[0][0] - m[1][1] - m[2][2],
                                        1 - m[0][0] + m[1][1] - m[2][2], 1 - m[0][0] - m[1][1] + m[2][2]};
    switch (std::max_element(squares.begin(), squares.end()) - squares.begin()) {
    case 0:
        return fromQuaternion(squares[0], m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1]);
    case 1:
        return fromQuaternion(m[2][1] - m[1][2], squares[1], m[0][1] + m[1][0], m[0][2] + m[2][0]);
    case 2:
        return fromQuaternion(m[0][2] - m[2][0], m[0][1] + m[1][0], squares[2], m[1][2] + m[2][1]);
    default:
        return fromQuaternion(m[1][0] - m[0][1], m[0][2] + m[2][0], m[1][2] + m[2][1], squares[3]);
    }
}

EulerZyz Rotation::eulerZyz() const {
    const auto [w, x, y, z] = m_q;
    const double c = std::hypot(w, z);
    const double s = std::hypot(x, y);
    // atan2(0, 0) = 0 at the poles of beta, where only the sum or the difference of the angles means anything.
    const double sum = std::atan2(z, w);
    const double difference = std::atan2(-x, y);
    const bool upright = s == 0;
    const bool upsideDown = c == 0;
    return {upright ? 2 * sum : (upsideDown ? 2 * difference : sum + difference), 2.0 * std::atan2(s, c),
            upright || upsideDown ? 0.0 : sum - difference};
}

std::array<std::array<double, 3>, 3> Rotation::matrix() const {
    const auto [w, x, y, z] = m_q;
    return {{{1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)},
             {2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)},
             {2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)}}};
}

std::array<double, 3> Rotation::apply(const std::array<double, 3>& v) const {
    const auto m = matrix();
    std::array<double, 3> out{};
    for (std::size_t i = 0; i < 3; ++i)
        out[i] = m[i][0] * v[0] + m[i][1] * v[1] + m[i][2] * v[2];
    return out;
}

Rotation Rotation::inverse() const {
    Rotation rotation;
    rotation.m_q = {m_q[0], -m_q[1], -m_q[2], -m_q[3]};
    return rotation;
}

double Rotation::angle() const {
    return 2.0 * std::atan2(std::hypot(m_q[1], m_q[2], m_q[3]), std::abs(m_q[0]));
}

Rotation operator*(const Rotation& first, const Rotation& second) {
    const auto [a, b, c, d] = first.m_q;
    const auto [e, f, g, h] = second.m_q;
    return Rotation::fromQuaternion(a * e - b * f - c * g - d * h, a * f + b * e + c * h - d * g,
                                    a * g - b * h + c * e + d * f, a * h + b * g - c * f + d * e);
}

Rotation randomRotation(std::uint64_t seed, std::uint64_t index) {
    RandomStream random(seed, index, kRotationLane);
    const double u = random.uniform();
    const double first = 2 * std::numbers::pi * random.uniform();
    const double second = 2 * std::numbers::pi * random.uniform();
    const double inner = std::sqrt(u);
    const double outer = std::sqrt(1 - u);
    return Rotation::fromQuaternion(outer * std::sin(first), outer * std::cos(first), inner * std::sin(second),
                                    inner * std::cos(second));
}

void packReal(std::span<const std::complex<double>> f, std::span<double> packed) {
    packed[0] = f[0].real();
    for (std::size_t m = 1; m < f.size(); ++m) {
        packed[2 * m - 1] = std::numbers::sqrt2 * f[m].real();
        packed[2 * m] = std::numbers::sqrt2 * f[m].imag();
    }
}

void unpackReal(std::span<const double> packed, std::span<std::complex<double>> f) {
    f[0] = packed[0];
    for (std::size_t m = 1; m < f.size(); ++m)
        f[m] = {packed[2 * m - 1] / std::numbers::sqrt2, packed[2 * m] / std::numbers::sqrt2};
}

WignerRotator::WignerRotator(int lMax) : m_lMax(lMax) {
    m_first.resize(static_cast<std::size_t>(lMax) + 1);
    m_rootBinomial.reserve(static_cast<std::size_t>((lMax + 1) * (lMax + 1)));
    for (int m = 0; m <= lMax; ++m) {
        double root = 1.0; // C(2m, 0)
        for (int k = 0; k <= 2 * m; ++k) {
            m_rootBinomial.push_back(root);
            root *= std::sqrt((2.0 * m - k) / (k + 1.0));
        }
    }
    for (int l = 0; l < lMax; ++l) {
        m_first[static_cast<std::size_t>(l)] = m_steps.size();
        const double next = l + 1.0;
        for (int m = 0; m <= l; ++m)
            for (int n = -m; n <= m; ++n) {
                const double mn = static_cast<double>(m) * n;
                const double norm = std::sqrt((next - m) * (next + m)) * std::sqrt((next - n) * (next + n));
                const double before = l == 0 ? 0.0
                                             : next / l * std::sqrt(static_cast<double>((l - m) * (l + m))) *
                                                   std::sqrt(static_cast<double>((l - n) * (l + n))) / norm;
                m_steps.push_back({next * (2.0 * l + 1.0) / norm, l == 0 ? 0.0 : mn / (l * next), before});
            }
    }
    m_first[static_cast<std::size_t>(lMax)] = m_steps.size();
}

namespace {

/// Writes one order's blocks from d_{m m'}, |m'| <= m <= l, kept at d[m² + m + m'].
void fillBlocks(int l, const double* d, double* out) {
    const auto size = static_cast<std::size_t>(l) + 1;
    double* cosine = out;
    double* sine = out + size * size;
    cosine[0] = d[0];
    for (int m = 1; m <= l; ++m) {
        const double* row = d + static_cast<std::ptrdiff_t>(m) * m + m;
        const auto i = static_cast<std::size_t>(m);
        // d_{0m} = (-1)^m d_{m0}
        cosine[i * size] = std::numbers::sqrt2 * row[0];
        cosine[i] = (m % 2 ? -std::numbers::sqrt2 : std::numbers::sqrt2) * row[0];
        for (int n = 1; n <= m; ++n) {
            const auto j = static_cast<std::size_t>(n);
            const double mirrored = n % 2 ? -row[-n] : row[-n];
            const double c = row[n] + mirrored;
            const double s = row[n] - mirrored;
            const double sign = (m - n) % 2 ? -1.0 : 1.0; // d_{nm} = (-1)^{m-n} d_{mn}; so for (-1)^m d_{n,-m}
            cosine[i * size + j] = c;
            cosine[j * size + i] = sign * c;
            sine[(i - 1) * (size - 1) + j - 1] = s;
            sine[(j - 1) * (size - 1) + i - 1] = sign * s;
        }
    }
}

} // namespace

void WignerRotator::yBlocks(double beta, std::span<double> out) const {
    const double cosine = std::cos(beta);
    const double halfCosine = std::cos(0.5 * beta);
    const double halfSine = -std::sin(0.5 * beta);
    const auto count = static_cast<std::size_t>((m_lMax + 1) * (m_lMax + 1));
    std::vector<double> room(2 * count, 0.0);
    double* now = room.data();
    double* before = room.data() + count;
    std::vector<double> powersOfCosine(2 * static_cast<std::size_t>(m_lMax) + 1, 1.0), powersOfSine = powersOfCosine;
    for (std::size_t k = 1; k < powersOfCosine.size(); ++k) {
        powersOfCosine[k] = powersOfCosine[k - 1] * halfCosine;
        powersOfSine[k] = powersOfSine[k - 1] * halfSine;
    }
    for (int l = 0; l <= m_lMax; ++l) {
        // The new pairs, m = l: d^l_{l m'} in closed form. `before` is still 0 there.
        const auto base = static_cast<std::size_t>(l * l);
        for (int k = 0; k <= 2 * l; ++k)
            now[base + static_cast<std::size_t>(k)] = m_rootBinomial[base + static_cast<std::size_t>(k)] *
                                                      powersOfCosine[static_cast<std::size_t>(k)] *
                                                      powersOfSine[static_cast<std::size_t>(2 * l - k)];
        fillBlocks(l, now, out.data() + blockOffset(l));
        if (l == m_lMax)
            break;
        const Step* steps = m_steps.data() + m_first[static_cast<std::size_t>(l)];
        const auto pairs = static_cast<std::size_t>((l + 1) * (l + 1));
        for (std::size_t i = 0; i < pairs; ++i)
            before[i] = steps[i].scale * (cosine - steps[i].shift) * now[i] - steps[i].back * before[i];
        std::swap(now, before);
    }
}

std::vector<Array<double, 2>> WignerRotator::matrices(const Rotation& rotation) const {
    const EulerZyz angles = rotation.eulerZyz();
    std::vector<double> blocks(blockSize());
    yBlocks(angles.beta, blocks);
    std::vector<Array<double, 2>> out;
    out.reserve(static_cast<std::size_t>(m_lMax) + 1);
    for (int l = 0; l <= m_lMax; ++l) {
        const auto size = static_cast<std::size_t>(l) + 1;
        Array<double, 2> w({2 * size - 1, 2 * size - 1});
        const double* c = blocks.data() + blockOffset(l);
        const double* s = c + size * size;
        // Rz(a) turns the pair (√2 Re f_m, √2 Im f_m) by -m a.
        for (std::size_t i = 0; i < size; ++i) {
            const double ca = std::cos(static_cast<double>(i) * angles.alpha);
            const double sa = std::sin(static_cast<double>(i) * angles.alpha);
            for (std::size_t j = 0; j < size; ++j) {
                const double cg = std::cos(static_cast<double>(j) * angles.gamma);
                const double sg = std::sin(static_cast<double>(j) * angles.gamma);
                const double cosine = c[i * size + j];
                const double sine = i > 0 && j > 0 ? s[(i - 1) * (size - 1) + j - 1] : 0.0;
                const std::size_t re = i == 0 ? 0 : 2 * i - 1;
                const std::size_t reIn = j == 0 ? 0 : 2 * j - 1;
                w(re, reIn) = ca * cosine * cg - sa * sine * sg;
                if (j > 0)
                    w(re, reIn + 1) = ca * cosine * sg + sa * sine * cg;
                if (i > 0)
                    w(re + 1, reIn) = -sa * cosine * cg - ca * sine * sg;
                if (i > 0 && j > 0)
                    w(re + 1, reIn + 1) = -sa * cosine * sg + ca * sine * cg;
            }
        }
        out.push_back(std::move(w));
    }
    return out;
}

void wignerReal(int l, const Rotation& rotation, View<double, 2> out) {
    const auto all = WignerRotator(l).matrices(rotation);
    const auto& last = all.back();
    for (std::size_t i = 0; i < last.extent(0); ++i)
        for (std::size_t j = 0; j < last.extent(1); ++j)
            out(i, j) = last(i, j);
}

} // namespace fxs
