#include "engine/core/array.h"

#include <QtTest>

#include <numeric>

using namespace fxs;

class TestArray : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void startsZeroAndAligned() {
        const Array<float, 3> a({3, 5, 7});
        QCOMPARE(a.size(), std::size_t(105));
        QCOMPARE(reinterpret_cast<std::uintptr_t>(a.data()) % 64, std::uintptr_t(0));
        QVERIFY(std::all_of(a.span().begin(), a.span().end(), [](float v) { return v == 0; }));
    }

    void lastIndexIsFastest() {
        Array<int, 3> a({2, 3, 4});
        std::iota(a.span().begin(), a.span().end(), 0);
        QCOMPARE(a(1, 2, 3), 23);
        QCOMPARE(a(1, 0, 0), 12);
        QCOMPARE(a[1][2](3), 23);
        QCOMPARE(a.view().sub(1, 1)(0, 2, 1), 21);
    }

    void stridedViewSteps() {
        Array<int, 2> a({4, 6});
        std::iota(a.span().begin(), a.span().end(), 0);
        const View<int, 2> everyOther(a.data(), {4, 3}, {6, 2});
        QVERIFY(!everyOther.isContiguous());
        QCOMPARE(everyOther(2, 1), 14);
        QCOMPARE(everyOther[3](2), 22);
    }

    void movingEmptiesTheSource() {
        Array<double, 1> a({8});
        a(3) = 5;
        Array<double, 1> b = std::move(a);
        QCOMPARE(b(3), 5.0);
        QVERIFY(a.empty());
        Array<double, 1> c({2});
        c = std::move(b);
        QCOMPARE(c.size(), std::size_t(8));
        QVERIFY(b.empty());
    }

    void cloneIsIndependent() {
        Array<int, 1> a({2});
        Array<int, 1> b = a.clone();
        b(0) = 1;
        QCOMPARE(a(0), 0);
    }
};

QTEST_APPLESS_MAIN(TestArray)
#include "tst_array.moc"
