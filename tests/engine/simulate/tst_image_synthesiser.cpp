#include "engine/core/error.h"
#include "engine/core/parallel.h"
#include "engine/io/hdf5.h"
#include "engine/model/polar_grid.h"
#include "engine/simulate/image_synthesiser.h"
#include "tests/engine/simulate/scattering_models.h"

#include <QtTest>

using namespace fxs;

namespace {

struct Model {
    Structure structure = test::molecule(60, 30);
    Scatterers scatterers = scatterersOf(structure);
    PolarGrid grid = PolarGrid::uniform(0, 0.6, 12, 64);
    IntensityHarmonics harmonics = intensityHarmonics(scatterers, structure.diameterAngstrom, grid.q, {});
};

Array<float, 2> image(const ImageSynthesiser& synthesiser, const std::vector<Rotation>& orientations) {
    ImageSynthesiser::Workspace work(synthesiser);
    synthesiser.begin(work);
    for (const auto& r : orientations)
        synthesiser.add(r, work);
    synthesiser.finish(work);
    return work.image().clone();
}

Scatterers referenceBeads(const h5::File& root) {
    const auto xyz = root.dataset("entry/reference/beads_xyz").read<double, 2>();
    const auto weight = root.dataset("entry/reference/beads_weight").readVector<double>();
    Scatterers beads{{test::pointKind()}, {}};
    for (std::size_t i = 0; i < weight.size(); ++i)
        beads.points.push_back({{xyz(i, 0), xyz(i, 1), xyz(i, 2)}, weight[i], 20, 0});
    return beads;
}

Rotation orientationOf(const Array<double, 3>& matrices, std::size_t frame) {
    std::array<std::array<double, 3>, 3> matrix{};
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j)
            matrix[i][j] = matrices(frame, i, j);
    return Rotation::fromMatrix(matrix);
}

} // namespace

class TestImageSynthesiser : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { m_limit = std::make_unique<ThreadLimit>(); }

    void agreesWithDirectSums_data() {
        QTest::addColumn<double>("wavelength");
        QTest::addColumn<int>("azimuths");
        QTest::newRow("flat") << 0.0 << 64;
        QTest::newRow("1.5 angstrom") << 1.5 << 64;
        QTest::newRow("strongly curved") << 6.0 << 100;
        QTest::newRow("odd number of azimuths") << 6.0 << 75;
        // Harmonics beyond the sampling fold back: pixels are exact samples nevertheless.
        QTest::newRow("too few azimuths") << 6.0 << 12;
        QTest::newRow("far too few, odd") << 6.0 << 5;
    }
    void agreesWithDirectSums() {
        QFETCH(double, wavelength);
        QFETCH(int, azimuths);
        const Model model;
        const auto count = static_cast<std::size_t>(azimuths);
        const ImageSynthesiser synthesiser(model.harmonics, count, wavelength, Polarity::against);
        std::vector<Rotation> orientations{Rotation(), Rotation::fromEulerZyz({0.3, 0, 0}),
                                           Rotation::fromEulerZyz({0.2, std::numbers::pi, 0.9})};
        for (std::uint64_t i = 0; i < 4; ++i)
            orientations.push_back(randomRotation(1, i));
        for (const auto& r : orientations) {
            const auto found = image(synthesiser, {r});
            for (std::size_t s = 0; s < model.grid.qCount(); ++s)
                for (std::size_t k = 0; k < count; ++k) {
                    const double phi = 2 * std::numbers::pi * static_cast<double>(k) / azimuths;
                    const auto n = r.apply(test::pixelDirection(model.grid.q[s], phi, wavelength));
                    const double expected = test::intensity(model.scatterers, model.grid.q[s], n);
                    // Single precision of sums over 60 orders: 1e-5 of the ring's mean.
                    QVERIFY2(std::abs(found(s, k) - expected) < 1e-5 * model.harmonics.mean(s),
                             qPrintable(QString("ring %1 azimuth %2").arg(s).arg(k)));
                }
        }
    }

    void flatImagesObeyFriedel() {
        const Model model;
        const ImageSynthesiser synthesiser(model.harmonics, 64, 0.0, Polarity::against);
        const auto found = image(synthesiser, {randomRotation(2, 2)});
        for (std::size_t s = 0; s < model.grid.qCount(); ++s)
            for (std::size_t k = 0; k < 32; ++k)
                QVERIFY(std::abs(found(s, k) - found(s, k + 32)) < 1e-5 * model.harmonics.mean(s));
    }

    void polaritiesAreFriedelMates() {
        const Model model;
        const ImageSynthesiser against(model.harmonics, 64, 4.0, Polarity::against);
        const ImageSynthesiser along(model.harmonics, 64, 4.0, Polarity::along);
        const auto a = image(against, {randomRotation(2, 5)}), b = image(along, {randomRotation(2, 5)});
        double difference = 0;
        for (std::size_t s = 0; s < model.grid.qCount(); ++s)
            for (std::size_t k = 0; k < 64; ++k) {
                QVERIFY(std::abs(a(s, k) - b(s, (k + 32) % 64)) < 1e-5 * model.harmonics.mean(s));
                difference = std::max(difference, std::abs(a(s, k) - b(s, k)) / model.harmonics.mean(s));
            }
        QVERIFY(difference > 0.01); // the curvature is seen
    }

    void particlesAdd() {
        const Model model;
        const ImageSynthesiser synthesiser(model.harmonics, 64, 1.5, Polarity::against);
        const auto r1 = randomRotation(3, 1), r2 = randomRotation(3, 2), r3 = randomRotation(3, 3);
        const auto one = image(synthesiser, {r1}), two = image(synthesiser, {r2}), three = image(synthesiser, {r3});
        const auto all = image(synthesiser, {r1, r2, r3});
        for (std::size_t i = 0; i < all.size(); ++i)
            QVERIFY(std::abs(all.data()[i] - one.data()[i] - two.data()[i] - three.data()[i]) <
                    1e-5 * model.harmonics.mean(i / 64));
    }

    void turningAboutTheBeamTurnsTheImage() {
        // R Rz(2π k/n) looks along n turned: the image is the same, moved by k azimuths.
        const Model model;
        const ImageSynthesiser synthesiser(model.harmonics, 64, 1.5, Polarity::against);
        const auto r = randomRotation(4, 1);
        const auto still = image(synthesiser, {r});
        const auto turned = image(synthesiser, {r * Rotation::fromEulerZyz({2 * std::numbers::pi * 5 / 64, 0, 0})});
        for (std::size_t s = 0; s < model.grid.qCount(); ++s)
            for (std::size_t k = 0; k < 64; ++k)
                QVERIFY(std::abs(turned(s, k) - still(s, (k + 5) % 64)) < 1e-5 * model.harmonics.mean(s));
    }

    void reproducesReferenceImages() {
        // 200 flat noise-free GroEL images of an independent program, from beads and orientations kept beside them.
        const auto root = h5::File::open(FXS_TEST_DATA "/groel_200_images.h5");
        const auto orientations = root.dataset("entry/reference/orientations").read<double, 3>();
        const auto expected = root.dataset("entry/polar/intensity").read<float, 3>();
        const auto q = root.dataset("entry/polar/q").readVector<double>();
        const auto beads = referenceBeads(root);
        const auto harmonics = intensityHarmonics(beads, 190, q, {});
        const std::size_t azimuths = expected.extent(2);
        const ImageSynthesiser synthesiser(harmonics, azimuths, 0, Polarity::against);
        for (std::size_t frame = 0; frame < expected.extent(0); frame += 10) {
            const auto found = image(synthesiser, {orientationOf(orientations, frame)});
            // What the reference's own band limit (l <= 28) and its single precision leave: below 2e-4 of a ring's
            // mean.
            for (std::size_t s = 0; s < q.size(); ++s)
                for (std::size_t k = 0; k < azimuths; ++k)
                    QVERIFY2(std::abs(found(s, k) - expected(frame, s, k)) < 2e-4 * harmonics.mean(s),
                             qPrintable(QString("frame %1 ring %2").arg(frame).arg(s)));
        }
    }

    void weakRingsOfStrongScatterersAreRight() {
        // Ring 16 of frame 131 lies in a minimum, where 10,332 beads cancel to a hundredth of the shell's mean:
        // whatever is cut too early shows there first. Single precision of what cancels: 1e-6 of the shell's mean, 1e-4
        // of the ring.
        const auto root = h5::File::open(FXS_TEST_DATA "/groel_200_images.h5");
        const auto orientation = orientationOf(root.dataset("entry/reference/orientations").read<double, 3>(), 131);
        const auto beads = referenceBeads(root);
        const std::vector<double> q{root.dataset("entry/polar/q").readVector<double>()[16]};
        const auto harmonics = intensityHarmonics(beads, 190, q, {});
        const auto found = image(ImageSynthesiser(harmonics, 128, 0, Polarity::against), {orientation});
        double error = 0, norm = 0;
        for (std::size_t k = 0; k < 128; k += 4) {
            const double phi = 2 * std::numbers::pi * static_cast<double>(k) / 128;
            const double expected = test::intensity(beads, q[0], orientation.apply(test::pixelDirection(q[0], phi, 0)));
            error += std::pow(found(0, k) - expected, 2);
            norm += expected * expected;
        }
        QVERIFY2(std::sqrt(error / norm) < 3e-4, qPrintable(QString::number(std::sqrt(error / norm))));
    }

    void unreachableRingIsAnError() {
        const Model model;
        QVERIFY_EXCEPTION_THROWN(ImageSynthesiser(model.harmonics, 64, 30.0, Polarity::against), Error);
    }

private:
    std::unique_ptr<ThreadLimit> m_limit;
};

QTEST_APPLESS_MAIN(TestImageSynthesiser)
#include "tst_image_synthesiser.moc"
