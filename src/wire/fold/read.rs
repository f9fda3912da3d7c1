//! Columns to rows: the mirror of [`super::write`].

use std::collections::BTreeMap;

use serde::de::value::U32Deserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::{Place, Unfoldable, unzigzag};

/// All columns, in order of the place first read.
pub(super) struct Spread<'de> {
    columns: Vec<Column<'de>>,
    places: BTreeMap<Place, usize>,
}

struct Column<'de> {
    rest: &'de [u8],
    number: u64,
    words: Option<&'de [u8]>,
}

impl<'de> Spread<'de> {
    /// The columns, and how many rows they hold.
    pub(super) fn of(mut bytes: &'de [u8]) -> Result<(Spread<'de>, usize), Unfoldable> {
        let rest = &mut bytes;
        let rows = usize::try_from(varint(rest)?).map_err(|_| Unfoldable)?;
        let count = varint(rest)?;
        if count > rest.len() as u64 {
            return Err(Unfoldable);
        }
        let lengths: Vec<u64> = (0..count).map(|_| varint(rest)).collect::<Result<_, _>>()?;
        let columns = lengths.into_iter().map(|length| take(rest, length));
        let columns = columns.map(|rest| rest.map(|rest| Column { rest, number: 0, words: None }));
        Ok((Spread { columns: columns.collect::<Result<_, _>>()?, places: BTreeMap::new() }, rows))
    }

    fn column(&mut self, place: Place) -> Result<&mut Column<'de>, Unfoldable> {
        let next = self.places.len();
        let index = *self.places.entry(place).or_insert(next);
        self.columns.get_mut(index).ok_or(Unfoldable)
    }
}

impl Column<'_> {
    /// The next number told; where nothing more is told it is 0.
    fn told(&mut self) -> Result<u64, Unfoldable> {
        if self.rest.is_empty() { Ok(0) } else { varint(&mut self.rest) }
    }
}

fn take<'de>(rest: &mut &'de [u8], length: u64) -> Result<&'de [u8], Unfoldable> {
    let length = usize::try_from(length).map_err(|_| Unfoldable)?;
    let (taken, left) = rest.split_at_checked(length).ok_or(Unfoldable)?;
    *rest = left;
    Ok(taken)
}

fn varint(rest: &mut &[u8]) -> Result<u64, Unfoldable> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, left) = rest.split_first().ok_or(Unfoldable)?;
        *rest = left;
        number |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Ok(number);
        }
    }
    Err(Unfoldable)
}

/// Reads what stands at one place.
pub(super) struct Read<'a, 'de> {
    pub(super) spread: &'a mut Spread<'de>,
    pub(super) place: Place,
}

impl<'de> Read<'_, 'de> {
    /// What stands at a part of this place.
    pub(super) fn at(&mut self, index: u64) -> Read<'_, 'de> {
        Read { spread: self.spread, place: self.place.part(index) }
    }

    /// A number, by its difference.
    pub(super) fn number(&mut self) -> Result<u64, Unfoldable> {
        let column = self.spread.column(self.place)?;
        let difference = unzigzag(column.told()?);
        column.number = column.number.wrapping_add(difference);
        Ok(column.number)
    }

    /// Words.
    pub(super) fn words(&mut self) -> Result<Vec<u8>, Unfoldable> {
        let column = self.spread.column(self.place)?;
        let words = match column.told()? {
            0 => column.words.ok_or(Unfoldable)?,
            more => take(&mut column.rest, more - 1)?,
        };
        column.words = Some(words);
        Ok(words.to_vec())
    }

    /// A number that fits its type.
    fn fits<T: TryFrom<u64>>(&mut self) -> Result<T, Unfoldable> {
        self.number().and_then(|number| T::try_from(number).map_err(|_| Unfoldable))
    }

    /// The same with a sign.
    fn signed<T: TryFrom<i64>>(&mut self) -> Result<T, Unfoldable> {
        self.number().and_then(|number| T::try_from(number as i64).map_err(|_| Unfoldable))
    }
}

macro_rules! numbers {
    ($($name:ident: $visit:ident <- $read:ident),*) => {
        $(fn $name<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Unfoldable> {
            visitor.$visit(self.$read()?)
        })*
    };
}

impl<'de> Deserializer<'de> for Read<'_, 'de> {
    type Error = Unfoldable;

    numbers!(
        deserialize_i8: visit_i8 <- signed,
        deserialize_i16: visit_i16 <- signed,
        deserialize_i32: visit_i32 <- signed,
        deserialize_i64: visit_i64 <- signed,
        deserialize_u8: visit_u8 <- fits,
        deserialize_u16: visit_u16 <- fits,
        deserialize_u32: visit_u32 <- fits,
        deserialize_u64: visit_u64 <- number
    );

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unfoldable> {
        Err(Unfoldable)
    }

    fn deserialize_bool<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Unfoldable> {
        match self.number()? {
            0 => visitor.visit_bool(false),
            1 => visitor.visit_bool(true),
            _ => Err(Unfoldable),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Unfoldable> {
        visitor.visit_f32(f32::from_bits(self.fits()?))
    }

    fn deserialize_f64<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Unfoldable> {
        visitor.visit_f64(f64::from_bits(self.number()?))
    }

    fn deserialize_char<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Unfoldable> {
        visitor.visit_char(char::from_u32(self.fits()?).ok_or(Unfoldable)?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfoldable> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Unfoldable> {
        visitor.visit_string(String::from_utf8(self.words()?).map_err(|_| Unfoldable)?)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfoldable> {
        self.deserialize_byte_buf(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Unfoldable> {
        visitor.visit_byte_buf(self.words()?)
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Unfoldable> {
        match self.number()? {
            0 => visitor.visit_none(),
            1 => visitor.visit_some(self.at(0)),
            _ => Err(Unfoldable),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfoldable> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unfoldable> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unfoldable> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Unfoldable> {
        let left = self.number()?;
        visitor.visit_seq(Parts { whole: self, next: 0, left })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Unfoldable> {
        visitor.visit_seq(Parts { whole: self, next: 0, left: len as u64 })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Unfoldable> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Unfoldable> {
        let left = self.number()?;
        visitor.visit_map(Parts { whole: self, next: 0, left })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfoldable> {
        self.deserialize_tuple(fields.len(), visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfoldable> {
        visitor.visit_enum(self)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unfoldable> {
        Err(Unfoldable)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unfoldable> {
        Err(Unfoldable)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

impl<'de> EnumAccess<'de> for Read<'_, 'de> {
    type Error = Unfoldable;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(mut self, seed: V) -> Result<(V::Value, Self), Unfoldable> {
        let index: u32 = self.fits()?;
        let from: U32Deserializer<Unfoldable> = index.into_deserializer();
        let place = self.place.part(u64::from(index));
        Ok((seed.deserialize(from)?, Read { place, ..self }))
    }
}

impl<'de> VariantAccess<'de> for Read<'_, 'de> {
    type Error = Unfoldable;

    fn unit_variant(self) -> Result<(), Unfoldable> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Unfoldable> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Unfoldable> {
        self.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfoldable> {
        self.deserialize_tuple(fields.len(), visitor)
    }
}

/// The parts of something, one after the other.
struct Parts<'a, 'de> {
    whole: Read<'a, 'de>,
    next: u64,
    left: u64,
}

impl<'de> Parts<'_, 'de> {
    fn part<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Unfoldable> {
        let value = seed.deserialize(self.whole.at(self.next))?;
        self.next += 1;
        Ok(value)
    }

    fn one_less(&mut self) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        Some(())
    }
}

impl<'de> SeqAccess<'de> for Parts<'_, 'de> {
    type Error = Unfoldable;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unfoldable> {
        self.one_less().map(|()| self.part(seed)).transpose()
    }
}

impl<'de> MapAccess<'de> for Parts<'_, 'de> {
    type Error = Unfoldable;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unfoldable> {
        self.one_less().map(|()| self.part(seed)).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unfoldable> {
        self.part(seed)
    }
}
