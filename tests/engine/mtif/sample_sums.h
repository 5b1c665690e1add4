#pragma once

#include "engine/io/hdf5.h"
#include "engine/math/legendre.h"
#include "engine/model/coefficients.h"
#include "engine/model/correlation.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

/// Correlation sums for the filter's tests, by slow direct formulas that share nothing with the engine's correlator.
namespace sample {

inline fxs::CorrelationSums emptySums(const std::vector<double>& q, std::size_t phiCount, std::size_t harmonics,
                                      double wavelength = 0) {
    fxs::CorrelationSums sums;
    sums.grid.q = q;
    sums.grid.phiCount = phiCount;
    sums.harmonics = harmonics;
    sums.experiment.wavelengthAngstrom = wavelength;
    sums.experiment.wavelengthKnown = true;
    sums.sumC = fxs::Array<double, 4>({2, harmonics, fxs::pairCount(q.size()), 1});
    sums.sumIntensity = fxs::Array<double, 2>({2, q.size()});
    sums.sumIntensitySquared = fxs::Array<double, 2>({2, q.size()});
    return sums;
}

/// One image [q][phi] into its half, by direct Fourier sums.
class Adder {
public:
    explicit Adder(fxs::CorrelationSums& sums)
        : m_sums(sums), m_nq(sums.grid.qCount()), m_nPhi(sums.grid.phiCount), m_re(sums.harmonics * m_nq),
          m_im(sums.harmonics * m_nq), m_cos(m_nPhi), m_sin(m_nPhi) {
        for (std::size_t k = 0; k < m_nPhi; ++k) {
            m_cos[k] = std::cos(2 * M_PI * static_cast<double>(k) / static_cast<double>(m_nPhi));
            m_sin[k] = std::sin(2 * M_PI * static_cast<double>(k) / static_cast<double>(m_nPhi));
        }
    }

    template <class T>
    void add(fxs::View<const T, 2> image, std::size_t half) {
        for (std::size_t m = 0; m < m_sums.harmonics; ++m)
            for (std::size_t q = 0; q < m_nq; ++q) {
                double re = 0, im = 0;
                for (std::size_t k = 0; k < m_nPhi; ++k) {
                    const std::size_t turn = m * k % m_nPhi;
                    re += static_cast<double>(image(q, k)) * m_cos[turn];
                    im -= static_cast<double>(image(q, k)) * m_sin[turn];
                }
                m_re[m * m_nq + q] = re / static_cast<double>(m_nPhi);
                m_im[m * m_nq + q] = im / static_cast<double>(m_nPhi);
            }
        for (std::size_t m = 0; m < m_sums.harmonics; ++m) {
            const double *re = &m_re[m * m_nq], *im = &m_im[m * m_nq];
            double* out = &m_sums.sumC(half, m, 0, 0);
            for (std::size_t i = 0; i < m_nq; ++i)
                for (std::size_t j = i; j < m_nq; ++j)
                    *out++ += re[i] * re[j] + im[i] * im[j];
        }
        for (std::size_t q = 0; q < m_nq; ++q) {
            m_sums.sumIntensity(half, q) += m_re[q];
            m_sums.sumIntensitySquared(half, q) += m_re[q] * m_re[q];
        }
        ++m_sums.frames[half];
    }

private:
    fxs::CorrelationSums& m_sums;
    std::size_t m_nq, m_nPhi;
    std::vector<double> m_re, m_im, m_cos, m_sin;
};

/// The expectation of C_m for B_l [l][q][q'] of one particle, M of them a shot, as `frames` frames, alternating halves.
inline fxs::CorrelationSums expectedSums(const std::vector<double>& q, fxs::View<const double, 3> bl,
                                         std::size_t phiCount, std::size_t harmonics, double wavelength,
                                         double particles, std::array<std::uint64_t, 2> frames) {
    fxs::CorrelationSums sums = emptySums(q, phiCount, harmonics, wavelength);
    sums.frames = frames;
    const int lMax = static_cast<int>(bl.extent(0)) - 1;
    std::vector<std::vector<double>> p(q.size(), std::vector<double>(fxs::lmCount(lMax)));
    std::vector<double> mean(q.size());
    for (std::size_t i = 0; i < q.size(); ++i) {
        fxs::normalisedLegendre(lMax, std::cos(fxs::ewaldPolarAngle(q[i], wavelength)), p[i]);
        mean[i] = std::sqrt(bl(0, i, i) / (4 * M_PI));
    }
    for (std::size_t half = 0; half < 2; ++half)
        for (std::size_t i = 0; i < q.size(); ++i) {
            const double n = static_cast<double>(frames[half]);
            sums.sumIntensity(half, i) = n * particles * mean[i];
            sums.sumIntensitySquared(half, i) = n * particles * particles * mean[i] * mean[i];
            for (std::size_t j = i; j < q.size(); ++j)
                for (std::size_t m = 0; m < harmonics; ++m) {
                    double c = m == 0 ? particles * (particles - 1) * mean[i] * mean[j] : 0;
                    for (int l = static_cast<int>(m); l <= lMax; ++l)
                        c += particles * p[i][fxs::lmIndex(l, static_cast<int>(m))] *
                             p[j][fxs::lmIndex(l, static_cast<int>(m))] * bl(static_cast<std::size_t>(l), i, j) /
                             (2 * l + 1);
                    sums.sumC(half, m, fxs::pairIndex(i, j, q.size()), 0) = n * c;
                }
        }
    return sums;
}

/// Relative Frobenius norm of a - b with weight q²/I_00 (science.md), i00 [q].
template <class A, class B>
double relativeError(const A& a, const B& b, const std::vector<double>& q, const std::vector<double>& i00) {
    double difference = 0, size = 0;
    for (std::size_t i = 0; i < q.size(); ++i)
        for (std::size_t j = 0; j < q.size(); ++j) {
            const double w = q[i] * q[i] * q[j] * q[j] / (i00[i] * i00[j]);
            difference += w * (a(i, j) - b(i, j)) * (a(i, j) - b(i, j));
            size += w * b(i, j) * b(i, j);
        }
    return std::sqrt(difference / size);
}

/// The reference images of GroEL and what is known of them.
struct Groel {
    std::vector<double> q, phi;
    fxs::Array<float, 3> images;
    fxs::Array<double, 3> bl, blTrue, c2;
    double diameter = 189;

    static Groel read(const std::string& folder) {
        const fxs::h5::File file = fxs::h5::File::open(folder + "/groel_200_images.h5");
        const fxs::h5::Group entry = file.group("entry");
        Groel g;
        g.q = entry.dataset("polar/q").readVector<double>();
        g.phi = entry.dataset("polar/phi").readVector<double>();
        g.images = entry.dataset("polar/intensity").read<float, 3>();
        g.bl = entry.dataset("reference/b_l").read<double, 3>();
        g.blTrue = entry.dataset("reference/b_l_true").read<double, 3>();
        g.c2 = entry.dataset("reference/c2").read<double, 3>();
        return g;
    }

    std::vector<double> i00() const {
        std::vector<double> values;
        for (std::size_t i = 0; i < q.size(); ++i)
            values.push_back(std::sqrt(blTrue(0, i, i)));
        return values;
    }
};

} // namespace sample
