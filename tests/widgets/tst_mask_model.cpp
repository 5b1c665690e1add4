#include "engine/core/error.h"
#include "tests/widgets/mask_cases.h"
#include "widgets/mask/mask_model.h"

#include <QTest>
#include <QUndoStack>

using namespace fxs;
using namespace fxs::ui;
using namespace fxs::ui::test;

/// Drawn masks and their undo, without a window.
class tst_mask_model : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// Random edits, all undone, all redone, and undone one by one: every state comes back bit for bit.
    void undoRestoresEveryBit() {
        QUndoStack undo;
        MaskModel model(undo);
        const MaskModel::Shape shape{2, 60, 50};
        model.reset(shape, randomMask(shape, 1), randomMask(shape, 2));
        const auto place = placeStacked(shape);
        std::mt19937 random(3);
        const auto number = [&](double high) { return std::uniform_real_distribution<double>(0, high)(random); };
        std::vector<Mask> states;
        std::vector<std::size_t> valid;
        const auto remember = [&] {
            states.push_back(Array<std::uint8_t, 3>(shape));
            std::copy_n(model.drawn().data(), model.pixelCount(), states.back().data());
            valid.push_back(model.validCount());
        };
        remember();
        for (int i = 0; i < 60; ++i) {
            switch (i % 6) {
            case 0:
                model.setPixels(pixelsIn(*place, EllipseShape{{number(50), number(120)}, number(20), number(20)}),
                                i % 4 < 2, "ellipse");
                break;
            case 1:
                model.invert();
                break;
            case 2:
                model.beginStroke(i % 4 < 2, "stroke");
                for (int k = 0; k < 20; ++k)
                    model.paint(
                        pixelsIn(*place, StrokeShape{{{number(50), number(120)}, {number(50), number(120)}}, 2, 2}));
                model.endStroke();
                break;
            case 3:
                model.replace(randomMask(shape, static_cast<unsigned>(i)), "load");
                break;
            case 4:
                model.combine(randomMask(shape, static_cast<unsigned>(i)), "add");
                break;
            default:
                model.replace(grownMask(model.drawn(), i % 4 < 2 ? 1 : -1, {}), "grow");
            }
            if (undo.count() + 1 > static_cast<int>(states.size())) // some change nothing
                remember();
        }
        QVERIFY(undo.count() > 50 && undo.count() + 1 == static_cast<int>(states.size()));
        for (std::size_t i = states.size() - 1; i > 0; --i) {
            QVERIFY(equal(model.drawn(), states[i]));
            QCOMPARE(model.validCount(), valid[i]);
            undo.undo();
        }
        for (std::size_t i = 0; i + 1 < states.size(); ++i) {
            QVERIFY(equal(model.drawn(), states[i]));
            undo.redo();
        }
        QVERIFY(equal(model.drawn(), states.back()));
        std::size_t zeros = 0, both = 0;
        for (std::size_t i = 0; i < model.pixelCount(); ++i) {
            zeros += model.drawn().data()[i] == 0;
            both += model.drawn().data()[i] != 0 && model.base().data()[i] != 0;
        }
        QCOMPARE(model.drawnCount(), zeros);
        QCOMPARE(model.validCount(), both);
    }

    void whatChangesNothingIsNoStep() {
        QUndoStack undo;
        MaskModel model(undo);
        model.clear(); // without a run
        model.invert();
        model.reset({1, 4, 4});
        model.clear();
        model.setPixels({{3, 2}}, true, "unmask");
        model.beginStroke(true, "nothing");
        model.paint({{0, 16}});
        model.endStroke();
        QCOMPARE(undo.count(), 0);
        model.beginStroke(false, "given up");
        model.paint({{0, 7}});
        QCOMPARE(model.drawnCount(), std::size_t{7});
        model.cancelStroke();
        QCOMPARE(model.drawnCount(), std::size_t{0});
        QCOMPARE(undo.count(), 0);
        QVERIFY_THROWS_EXCEPTION(Error, model.reset({1, 4, 4}, Mask({1, 4, 5})));
        QVERIFY_THROWS_EXCEPTION(Error, model.replace(Mask({1, 4, 5}), "load"));
        QVERIFY_THROWS_EXCEPTION(Error, model.combine(Mask({1, 4, 5}), "add"));
    }

    /// Steps of a run that is no longer open do nothing and leave the stack.
    void stepsOfAnotherRunAreVoid() {
        QUndoStack undo;
        MaskModel model(undo);
        model.reset({1, 4, 4});
        model.invert();
        model.setPixels({{0, 3}}, true, "unmask");
        model.reset({2, 3, 3});
        undo.undo();
        undo.undo();
        QCOMPARE(model.drawnCount(), std::size_t{0});
        QCOMPARE(undo.count(), 0);
    }

    /// Undoing while the button is down gives the stroke up first.
    void undoInTheMiddleOfAStroke() {
        QUndoStack undo;
        MaskModel model(undo);
        model.reset({1, 10, 10});
        model.setPixels({{0, 10}}, false, "row");
        model.beginStroke(false, "stroke");
        model.paint({{5, 10}});
        undo.undo();
        QCOMPARE(model.drawnCount(), std::size_t{0});
        model.paint({{0, 50}});
        model.endStroke();
        QCOMPARE(model.drawnCount(), std::size_t{0});
        undo.redo();
        QCOMPARE(model.drawnCount(), std::size_t{10});
    }
};

QTEST_APPLESS_MAIN(tst_mask_model)
#include "tst_mask_model.moc"
