#include "engine/correlate/panel_layout.h"
#include "engine/correlate/rank_update.h"
#include "engine/model/correlation.h"

#include <QtTest>

#include <cmath>
#include <random>
#include <vector>

using namespace fxs;

class TestRankUpdate : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void equalsTheDirectSum_data() {
        QTest::addColumn<int>("kernel");
        QTest::addColumn<int>("rings");
        QTest::addColumn<int>("firstGroup");
        QTest::addColumn<bool>("full");
        // One group, a part of one, each way to split groups into threes and twos, and harmonics that begin further out.
        for (const UpdateKernel kernel : {UpdateKernel::blas, UpdateKernel::avx2, UpdateKernel::avx512})
            for (const int rings : {1, 5, 16, 17, 33, 50, 64, 79, 100})
                for (const int first : {0, 2})
                    for (const bool full : {false, true})
                        if (first * 16 < rings)
                            QTest::addRow("%s %d rings from group %d %s", nameOf(kernel).data(), rings, first,
                                          full ? "full" : "even")
                                << static_cast<int>(kernel) << rings << first << full;
    }
    void equalsTheDirectSum() {
        QFETCH(int, kernel);
        QFETCH(int, rings);
        QFETCH(int, firstGroup);
        QFETCH(bool, full);
        const auto which = static_cast<UpdateKernel>(kernel);
        if (!isSupported(which))
            QSKIP("this machine has no such instructions");
        const std::size_t nq = static_cast<std::size_t>(rings), frames = 9, groups = (nq + 15) / 16;
        const PanelLayout layout(which == UpdateKernel::blas ? PanelLayout::Kind::wide : PanelLayout::Kind::panels,
                                 groups, 2 * frames + 4, {0, static_cast<std::size_t>(firstGroup)});
        std::mt19937 random(3);
        std::normal_distribution<float> normal;
        Array<float, 1> panels({layout.size()});
        for (float& value : panels.span())
            value = normal(random);
        const std::size_t first = static_cast<std::size_t>(firstGroup) * 16, step = full ? 2 : 1;
        std::vector<double> factor(groups * 16), sums(pairCount(nq) * step, 0.5);
        for (std::size_t q = 0; q < factor.size(); ++q)
            factor[q] = q % 7 == 3 ? 0.0 : 1.0 + static_cast<double>(q);
        RankUpdate<float> u;
        u.panels = panels.data() + layout.offset(1);
        u.groups = layout.groupCount(1);
        u.groupStride = layout.groupStride();
        u.rowStride = layout.rowStride(1);
        u.rows = 2 * frames;
        u.factor = factor.data() + first;
        u.firstRing = first;
        u.ringCount = nq;
        u.sums = sums.data();
        u.full = full;
        Array<float, 1> scratch;
        rankUpdate(u, which, scratch);

        const auto value = [&](std::size_t q, std::size_t row) {
            return static_cast<double>(panels(layout.offset(1, q / 16, row) + q % 16));
        };
        for (std::size_t q = 0; q < nq; ++q)
            for (std::size_t r = q; r < nq; ++r) {
                double re = 0, im = 0;
                for (std::size_t f = 0; q >= first && f < frames; ++f) {
                    re += value(q, 2 * f) * value(r, 2 * f) + value(q, 2 * f + 1) * value(r, 2 * f + 1);
                    im += value(q, 2 * f) * value(r, 2 * f + 1) - value(q, 2 * f + 1) * value(r, 2 * f);
                }
                const double f = factor[q] * factor[r];
                const std::size_t pair = pairIndex(q, r, nq) * step;
                // 18 products of order one in float: below 18 epsilon of the sum of their magnitudes, about 18.
                const double tolerance = f * 18 * 18 * 6e-8 + 1e-12;
                QVERIFY(std::abs(sums[pair] - 0.5 - f * re) <= tolerance);
                if (full)
                    QVERIFY(std::abs(sums[pair + 1] - 0.5 - f * im) <= tolerance);
            }
    }

    void theBestKernelIsSupported() { QVERIFY(isSupported(bestUpdateKernel())); }
};

QTEST_APPLESS_MAIN(TestRankUpdate)
#include "tst_rank_update.moc"
