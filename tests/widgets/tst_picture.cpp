#include "widgets/plot/picture.h"

#include <QTest>
#include <cmath>
#include <limits>

using namespace fxs::ui;

/// Pictures: which pixel a coordinate falls into, and levels that odd pixels do not decide.
class TestPicture : public QObject {
    Q_OBJECT

private:
    static Picture ramp() {
        Picture p(100, 50);
        p.xFirst = 10;
        p.xLast = 109;
        p.yFirst = 0.5;
        p.yLast = 49.5;
        for (std::size_t r = 0; r < 50; ++r)
            for (std::size_t c = 0; c < 100; ++c)
                p.at(c, r) = static_cast<float>(r * 100 + c);
        return p;
    }

private Q_SLOTS:
    void pixelOfACoordinate() {
        const Picture p = ramp();
        QCOMPARE(p.valueAt(10, 0.5), 0.0F);
        QCOMPARE(p.valueAt(109, 49.5), 4999.0F);
        QCOMPARE(p.valueAt(12.4, 3.2), 302.0F); // nearest centres: column 2, row 3
        QCOMPARE(p.valueAt(12.6, 3.2), 303.0F);
        QVERIFY(std::isnan(p.valueAt(9.4, 1)));
        QVERIFY(std::isnan(p.valueAt(109.6, 1)));
        QVERIFY(std::isnan(p.valueAt(std::numeric_limits<double>::quiet_NaN(), 1)));
        QVERIFY(!Picture().pixelAt(0, 0));
    }

    void levelsLeaveOddPixelsOut() {
        Picture p = ramp();
        const Levels before = robustLevels(p);
        p.at(3, 3) = 1e9F;
        p.at(4, 4) = -1e9F;
        p.at(5, 5) = std::numeric_limits<float>::quiet_NaN();
        const Levels after = robustLevels(p);
        // Half a percent below and a fifth of a percent above are left out of 5,000: 25 and 10 values.
        QVERIFY(std::abs(after.low - before.low) <= 2);
        QVERIFY(std::abs(after.high - before.high) <= 2);
        QVERIFY(std::abs(before.low - 25) <= 1);
        QVERIFY(std::abs(before.high - 4989) <= 1);
    }

    void levelsAlwaysHaveAWidth() {
        Picture p(4, 4);
        QVERIFY(robustLevels(p).low < robustLevels(p).high); // nothing but NaN
        std::fill(p.values.begin(), p.values.end(), 7.0F);
        QVERIFY(robustLevels(p).low < 7 && robustLevels(p).high > 7);
        std::fill(p.values.begin(), p.values.end(), 0.0F);
        QVERIFY(robustLevels(p).low < robustLevels(p).high);
        QVERIFY(robustLevels(p, 0, 0, true).low > 0); // a logarithm exists
        QVERIFY(symmetricLevels(p).low < symmetricLevels(p).high);
    }

    void symmetricLevelsAreSymmetric() {
        Picture p(2, 1);
        p.values = {-3, 1};
        const Levels levels = symmetricLevels(p, 0);
        QCOMPARE(levels.low, -3.0);
        QCOMPARE(levels.high, 3.0);
    }
};

QTEST_APPLESS_MAIN(TestPicture)
#include "tst_picture.moc"
