// Made by make-shells (package scenarios) from bindings/design. Not to be changed by hand.

/// Size and line height in points at the standard text size; the weight as in CSS.
public struct TypeToken: Sendable {
    public let size, line: Double
    public let weight: Int
}

/// Colours as RGB; lengths in points.
public enum Tokens {
    public enum Light {
        public static let background: UInt32 = 0xF5F8F8
        public static let error: UInt32 = 0xA3271C
        public static let errorContainer: UInt32 = 0xFBE4E0
        public static let onBackground: UInt32 = 0x142225
        public static let onError: UInt32 = 0xFFFFFF
        public static let onErrorContainer: UInt32 = 0x5C130C
        public static let onPrimary: UInt32 = 0xFFFFFF
        public static let onPrimaryContainer: UInt32 = 0x06343C
        public static let onPrimaryFixed: UInt32 = 0xFFFFFF
        public static let onPrimaryFixedVariant: UInt32 = 0xD3ECF0
        public static let onSecondary: UInt32 = 0xFFFFFF
        public static let onSecondaryContainer: UInt32 = 0x22363C
        public static let onSurface: UInt32 = 0x142225
        public static let onSurfaceVariant: UInt32 = 0x46565B
        public static let onTertiary: UInt32 = 0xFFFFFF
        public static let onTertiaryContainer: UInt32 = 0x0E3B1C
        public static let outline: UInt32 = 0x6A7B80
        public static let outlineVariant: UInt32 = 0xCBD6D9
        public static let primary: UInt32 = 0x0B5966
        public static let primaryContainer: UInt32 = 0xCFE8EC
        public static let primaryFixed: UInt32 = 0x0E6473
        public static let primaryFixedDim: UInt32 = 0x083E49
        public static let secondary: UInt32 = 0x47626A
        public static let secondaryContainer: UInt32 = 0xDFE9EC
        public static let surface: UInt32 = 0xF5F8F8
        public static let surfaceBright: UInt32 = 0xFFFFFF
        public static let surfaceContainer: UInt32 = 0xEAF0F1
        public static let tertiary: UInt32 = 0x26683A
        public static let tertiaryContainer: UInt32 = 0xD6EDDA
    }

    public enum Dark {
        public static let background: UInt32 = 0x0E1517
        public static let error: UInt32 = 0xFFB4A8
        public static let errorContainer: UInt32 = 0x4C1D18
        public static let onBackground: UInt32 = 0xE1E9EB
        public static let onError: UInt32 = 0x5F150D
        public static let onErrorContainer: UInt32 = 0xFFDAD4
        public static let onPrimary: UInt32 = 0x00343D
        public static let onPrimaryContainer: UInt32 = 0xCFF1F6
        public static let onPrimaryFixed: UInt32 = 0xFFFFFF
        public static let onPrimaryFixedVariant: UInt32 = 0xD3ECF0
        public static let onSecondary: UInt32 = 0x1D3238
        public static let onSecondaryContainer: UInt32 = 0xD6E6EA
        public static let onSurface: UInt32 = 0xE1E9EB
        public static let onSurfaceVariant: UInt32 = 0xB3C1C5
        public static let onTertiary: UInt32 = 0x003914
        public static let onTertiaryContainer: UInt32 = 0xC7F0CE
        public static let outline: UInt32 = 0x87979C
        public static let outlineVariant: UInt32 = 0x374549
        public static let primary: UInt32 = 0x84D2DE
        public static let primaryContainer: UInt32 = 0x124B56
        public static let primaryFixed: UInt32 = 0x0E6473
        public static let primaryFixedDim: UInt32 = 0x083E49
        public static let secondary: UInt32 = 0xB4CAD0
        public static let secondaryContainer: UInt32 = 0x2B3F45
        public static let surface: UInt32 = 0x0E1517
        public static let surfaceBright: UInt32 = 0x192326
        public static let surfaceContainer: UInt32 = 0x212D31
        public static let tertiary: UInt32 = 0x96D5A2
        public static let tertiaryContainer: UInt32 = 0x1B4A28
    }

    public enum Kind {
        public static let body = TypeToken(size: 16, line: 24, weight: 400)
        public static let code = TypeToken(size: 18, line: 28, weight: 500)
        public static let display = TypeToken(size: 28, line: 36, weight: 700)
        public static let heading = TypeToken(size: 18, line: 24, weight: 500)
        public static let label = TypeToken(size: 16, line: 20, weight: 500)
        public static let note = TypeToken(size: 14, line: 20, weight: 400)
        public static let title = TypeToken(size: 22, line: 28, weight: 700)
    }

    public enum Space {
        public static let l: Double = 24
        public static let m: Double = 16
        public static let s: Double = 8
        public static let xl: Double = 32
        public static let xs: Double = 4
        public static let xxl: Double = 48
    }

    public enum Corner {
        public static let l: Double = 24
        public static let m: Double = 16
        public static let s: Double = 8
    }

    /// The least side of what can be touched.
    public static let touch: Double = 48
}
