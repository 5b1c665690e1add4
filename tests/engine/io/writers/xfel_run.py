"""Writes small European XFEL runs with h5py, by the facility's published description of its files (the layout that
EXtra-data documents and its test files have): METADATA, INDEX, INSTRUMENT, CONTROL, RUN.

Pixel values tell where they come from: module * 1000 + (train - 10000) * 100 + pulse, at pixel (0, 0) plus the place.
"""
import sys
import os
import h5py
import numpy as np

FIRST_TRAIN = 10000
TEXT = h5py.special_dtype(vlen=bytes)


def metadata(f, sources, version, padding=16):
    n = -(-len(sources) // padding) * padding
    group = f.create_group('METADATA' if version == '0.5' else 'METADATA/dataSources')
    for name, part in (('dataSourceId', lambda s: s), ('root', lambda s: s.split('/', 1)[0]),
                       ('deviceId', lambda s: s.split('/', 1)[1])):
        d = group.create_dataset(name, (n,), dtype=TEXT, maxshape=(None,))
        d[:len(sources)] = [part(s) for s in sources]
    if version != '0.5':
        f['METADATA/dataFormatVersion'] = [version.encode()]
        f['METADATA/proposalNumber'] = np.array([700000], 'u4')
        f['METADATA/runNumber'] = np.array([42], 'u4')


def base_index(f, trains, version, bad=(), padding=8):
    n = -(-len(trains) // padding) * padding
    d = f.create_dataset('INDEX/trainId', (n,), 'u8', maxshape=(None,))
    d[:len(trains)] = trains
    if version != '0.5':
        flag = np.array([0 if t in bad else 1 for t in trains], 'i4')
        if version == '1.1':
            flag = 1 - flag
        d = f.create_dataset('INDEX/flag', (n,), 'i4', maxshape=(None,))
        d[:len(trains)] = flag
        f.create_dataset('INDEX/timestamp', (n,), 'u8', maxshape=(None,))
    if version >= '1.2':
        f.create_dataset('INDEX/origin', (n,), 'i4', maxshape=(None,))


def index(f, source, counts, version):
    first = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype('u8')
    g = 'INDEX/' + source
    f[g + '/first'] = first
    if version == '0.5' and FIRST_LAST:
        f[g + '/last'] = np.array([a + max(c, 1) - 1 for a, c in zip(first, counts)], 'u8')
        f[g + '/status'] = np.array([1 if c else 0 for c in counts], 'u4')
    else:
        f[g + '/count'] = np.array(counts, 'u8')


FIRST_LAST = False


def module_file(path, device, module, trains, pulses, kind, shape, version='1.0', bad=(), channel='xtdf',
                legacy=None, type=None, empty=(), data=True):
    """pulses: a list, or a function of the train."""
    raw = kind.startswith('raw')
    of = pulses if callable(pulses) else (lambda train: pulses)
    source = device + ':' + channel
    with h5py.File(path, 'w') as f:
        metadata(f, ['INSTRUMENT/%s/%s' % (s, part) for s in ([source] + ([legacy + ':xtdf'] if legacy else []))
                     for part in ('detector', 'header', 'image', 'trailer')], version)
        base_index(f, trains, version, bad)
        f.create_group('RUN')
        lists = [[] if t in empty else list(of(t)) for t in trains]
        for part in ('header', 'detector', 'trailer'):
            index(f, source + '/' + part, [1] * len(trains), version)
            f['INSTRUMENT/%s/%s/trainId' % (source, part)] = np.array(trains, 'u8')
        index(f, source + '/image', [len(p) for p in lists], version)
        t = np.array([t for t, p in zip(trains, lists) for _ in p], 'u8')
        p = np.array([x for ps in lists for x in ps], 'u8')
        g = 'INSTRUMENT/%s/image/' % source
        column = (lambda a: a[:, None]) if raw else (lambda a: a)
        f[g + 'trainId'] = column(t)
        f[g + 'pulseId'] = column(p)
        f[g + 'cellId'] = column((p // 2).astype('u2'))
        f[g + 'length'] = np.full((len(p), 1), 4, 'u4')
        planes = {'raw2': 2, 'raw1': 1}.get(kind)
        value = module * 1000. + (t.astype(float) - FIRST_TRAIN) * 100 + p
        frame = value[:, None, None] + np.arange(shape[0] * shape[1]).reshape(shape)[None] / (1 if raw else 4.)
        if not data:
            return
        if planes:
            x = np.stack([frame] + ([9000 + frame] if planes == 2 else []), axis=1)
            f.create_dataset(g + 'data', data=x.astype(type or 'u2'), chunks=(1,) + x.shape[1:],
                             maxshape=(None,) + x.shape[1:])
        else:
            f.create_dataset(g + 'data', data=frame.astype('f4'), chunks=(1,) + shape)
            mask = np.zeros(frame.shape, 'u4')
            mask[:, 0, 1] = 1 << 20
            f.create_dataset(g + 'mask', data=mask, compression='gzip', compression_opts=1, chunks=(1,) + shape)
            f.create_dataset(g + 'gain', data=np.full(frame.shape, module % 3, 'u1'), compression='gzip',
                             chunks=(1,) + shape)
        if legacy:
            f['INDEX/%s:xtdf' % legacy] = h5py.SoftLink('/INDEX/' + source)
            f['INSTRUMENT/%s:xtdf' % legacy] = h5py.SoftLink('/INSTRUMENT/' + source)


def control_file(path, trains, version='1.0', wavelength=0.13, pulses=4, prefix='SPB_XTD9_XGM'):
    device = prefix + '/XGM/DOOCS'
    with h5py.File(path, 'w') as f:
        metadata(f, ['CONTROL/' + device, 'INSTRUMENT/' + device + ':output/data'], version)
        base_index(f, trains, version)
        n = len(trains)
        index(f, device, [1] * n, version)
        index(f, device + ':output/data', [1] * n, version)
        for key, values in (('pulseEnergy/wavelengthUsed', np.full(n, wavelength, 'f4')),
                            ('pulseEnergy/photonFlux', np.arange(n, dtype='f4') + 500),
                            ('beamPosition/ixPos', np.linspace(-1, 1, n).astype('f4'))):
            f['CONTROL/%s/%s/value' % (device, key)] = values
            f['CONTROL/%s/%s/timestamp' % (device, key)] = np.zeros(n, 'u8')
            f['RUN/%s/%s/value' % (device, key)] = values[:1]
        g = 'INSTRUMENT/%s:output/data/' % device
        f[g + 'trainId'] = np.array(trains, 'u8')
        energy = np.ones((n, 1000), 'f4')
        energy[:, :pulses] = 1000 + np.arange(n)[:, None] * 10 + np.arange(pulses)
        f[g + 'intensityTD'] = energy
        f[g + 'intensityTD'].attrs['metricPrefixSymbol'] = b'u'
        f[g + 'intensityTD'].attrs['unitSymbol'] = b'J'


def jungfrau_file(path, module, trains, cells, shape=(8, 16), raw=True, version='1.0'):
    device = 'SPB_IRDA_JF4M/DET/JNGFR%02d' % module
    source = device + ':daqOutput/data'
    with h5py.File(path, 'w') as f:
        metadata(f, ['INSTRUMENT/' + source], version)
        base_index(f, trains, version)
        index(f, source, [1] * len(trains), version)
        g = 'INSTRUMENT/%s/' % source
        n = len(trains)
        f[g + 'trainId'] = np.array(trains, 'u8')
        f[g + 'memoryCell'] = np.tile(np.arange(cells, dtype='u1'), (n, 1))
        value = module * 1000. + (np.array(trains)[:, None] - FIRST_TRAIN) * 100. + np.arange(cells)[None]
        x = value[:, :, None, None] + np.arange(shape[0] * shape[1]).reshape(shape)[None, None]
        f[g + 'adc'] = x.astype('u2' if raw else 'f4')
        gain = np.zeros(x.shape, 'u1')
        gain[..., 0, 0] = 3
        gain[..., 0, 1] = 1
        f[g + 'gain'] = gain
        if not raw:
            f[g + 'mask'] = np.zeros(x.shape, 'u4')


def name(folder, kind, aggregator, sequence=0):
    return os.path.join(folder, '%s-R0042-%s-S%05d.h5' % (kind, aggregator, sequence))


def trains(n, first=FIRST_TRAIN):
    return list(range(first, first + n))


def agipd_raw(folder, version='1.0', shape=(8, 4), modules=range(16), n=3):
    """Two sequence files a module; module 5 has no file, module 3 lacks a train, module 7 some pulses of another."""
    for m in modules:
        if m == 5:
            continue
        for sequence in range(2):
            t = trains(n, FIRST_TRAIN + n * sequence)
            if m == 3 and sequence == 1:
                t.remove(FIRST_TRAIN + n + 1)
            pulses = (lambda train: [0, 4] if train == FIRST_TRAIN + 1 else [0, 4, 8, 12]) if m == 7 else [0, 4, 8, 12]
            module_file(name(folder, 'RAW', 'AGIPD%02d' % m, sequence), 'SPB_DET_AGIPD1M-1/DET/%dCH0' % m, m, t, pulses,
                        'raw2', shape, version)
    control_file(name(folder, 'RAW', 'DA01'), trains(2 * n), version)


def agipd_corrected(folder):
    for m in range(16):
        module_file(name(folder, 'CORR', 'AGIPD%02d' % m), 'SPB_DET_AGIPD1M-1/CORR/%dCH0' % m, m, trains(2),
                    [0, 4, 8], 'corrected', (8, 4), '1.2', channel='output',
                    legacy='SPB_DET_AGIPD1M-1/DET/%dCH0' % m)


def lpd_raw(folder):
    """Format without flags, a train id that jumps, and indices of first, last and status."""
    global FIRST_LAST
    FIRST_LAST = True
    for m in range(16):
        t = trains(4)
        t[2] = 99
        module_file(name(folder, 'RAW', 'LPD%02d' % m), 'FXE_DET_LPD1M-1/DET/%dCH0' % m, m, t, [0, 1], 'raw1', (4, 4),
                    '0.5', type='u2', empty=(FIRST_TRAIN + 1,))
        with h5py.File(name(folder, 'RAW', 'LPD%02d' % m), 'r+') as f:
            d = f['INSTRUMENT/FXE_DET_LPD1M-1/DET/%dCH0:xtdf/image/data' % m]
            x = d[:]
            x &= 0xfff
            x[:, :, 3, :] |= 0x2000
            d[:] = x
    FIRST_LAST = False


def dssc_raw(folder):
    for m in range(16):
        module_file(name(folder, 'RAW', 'DSSC%02d' % m), 'SCS_DET_DSSC1M-1/DET/%dCH0' % m, m, trains(2), [0, 1, 2],
                    'raw1', (4, 8), '1.1', bad=(FIRST_TRAIN + 1,))


def jungfrau(folder, cells=16, raw=True):
    for m in range(1, 9):
        jungfrau_file(name(folder, 'RAW', 'JNGFR%02d' % m), m, trains(3), cells, raw=raw)


def make(root):
    for kind, write in (('agipd_raw', agipd_raw), ('agipd_corrected', agipd_corrected), ('lpd_raw', lpd_raw),
                        ('dssc_raw', dssc_raw), ('jungfrau_burst', jungfrau),
                        ('jungfrau_single', lambda f: jungfrau(f, 1, False))):
        folder = os.path.join(root, kind)
        os.makedirs(folder, exist_ok=True)
        write(folder)


if __name__ == '__main__':
    make(sys.argv[1])
