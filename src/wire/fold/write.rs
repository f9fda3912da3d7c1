//! Rows to columns. Says nothing of types: whoever reads knows them, as with any positional form.

use std::collections::BTreeMap;

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::{Place, Unfoldable, zigzag};

/// All columns, in order of the place first written to.
#[derive(Default)]
pub(super) struct Sheet {
    columns: Vec<Column>,
    places: BTreeMap<Place, usize>,
}

#[derive(Default)]
struct Column {
    bytes: Vec<u8>,
    /// So many bytes end in one that says something; a column goes on in nothing for ever.
    told: usize,
    number: u64,
    words: Option<Vec<u8>>,
}

impl Sheet {
    fn column(&mut self, place: Place) -> &mut Column {
        let next = self.columns.len();
        let index = *self.places.entry(place).or_insert(next);
        if index == next {
            self.columns.push(Column::default());
        }
        // Invariant: each place was given the index of a column that is there since then.
        &mut self.columns[index]
    }

    /// All of it: how many rows and columns there are, how long each column is, the columns.
    pub(super) fn bytes(&self, rows: usize) -> Vec<u8> {
        let mut out = Vec::new();
        varint(&mut out, rows as u64);
        varint(&mut out, self.columns.len() as u64);
        for column in &self.columns {
            varint(&mut out, column.told as u64);
        }
        for column in &self.columns {
            out.extend_from_slice(&column.bytes[..column.told]);
        }
        out
    }
}

impl Column {
    fn tell(&mut self, number: u64) {
        varint(&mut self.bytes, number);
        if number != 0 {
            self.told = self.bytes.len();
        }
    }
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Writes what stands at one place.
pub(super) struct Write<'a> {
    pub(super) sheet: &'a mut Sheet,
    pub(super) place: Place,
}

impl Write<'_> {
    /// What stands at a part of this place.
    pub(super) fn at(&mut self, index: u64) -> Write<'_> {
        Write { sheet: self.sheet, place: self.place.part(index) }
    }

    /// A number, by its difference.
    pub(super) fn number(&mut self, number: u64) {
        let column = self.sheet.column(self.place);
        let before = std::mem::replace(&mut column.number, number);
        column.tell(zigzag(number.wrapping_sub(before)));
    }

    /// Words: 0 when they are those of before, else their length and one, and they themselves.
    pub(super) fn words(&mut self, words: &[u8]) {
        let column = self.sheet.column(self.place);
        if column.words.as_deref() == Some(words) {
            column.tell(0);
            return;
        }
        column.words = Some(words.to_vec());
        column.tell(words.len() as u64 + 1);
        column.bytes.extend_from_slice(words);
        column.told = column.bytes.len();
    }
}

macro_rules! numbers {
    ($($name:ident($type:ty)),*) => {
        $(fn $name(mut self, v: $type) -> Result<(), Unfoldable> {
            self.number(v as u64);
            Ok(())
        })*
    };
}

impl<'a> Serializer for Write<'a> {
    type Ok = ();
    type Error = Unfoldable;
    type SerializeSeq = Parts<'a>;
    type SerializeTuple = Parts<'a>;
    type SerializeTupleStruct = Parts<'a>;
    type SerializeTupleVariant = Parts<'a>;
    type SerializeMap = Parts<'a>;
    type SerializeStruct = Parts<'a>;
    type SerializeStructVariant = Parts<'a>;

    numbers!(
        serialize_bool(bool),
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_i32(i32),
        serialize_i64(i64),
        serialize_u8(u8),
        serialize_u16(u16),
        serialize_u32(u32),
        serialize_u64(u64),
        serialize_char(char)
    );

    fn serialize_f32(mut self, v: f32) -> Result<(), Unfoldable> {
        self.number(u64::from(v.to_bits()));
        Ok(())
    }

    fn serialize_f64(mut self, v: f64) -> Result<(), Unfoldable> {
        self.number(v.to_bits());
        Ok(())
    }

    fn serialize_str(mut self, v: &str) -> Result<(), Unfoldable> {
        self.words(v.as_bytes());
        Ok(())
    }

    fn serialize_bytes(mut self, v: &[u8]) -> Result<(), Unfoldable> {
        self.words(v);
        Ok(())
    }

    fn serialize_none(mut self) -> Result<(), Unfoldable> {
        self.number(0);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(mut self, value: &T) -> Result<(), Unfoldable> {
        self.number(1);
        value.serialize(self.at(0))
    }

    fn serialize_unit(self) -> Result<(), Unfoldable> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unfoldable> {
        Ok(())
    }

    fn serialize_unit_variant(mut self, _: &'static str, index: u32, _: &'static str) -> Result<(), Unfoldable> {
        self.number(u64::from(index));
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Unfoldable> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Unfoldable> {
        self.number(u64::from(index));
        value.serialize(self.at(u64::from(index)))
    }

    fn serialize_seq(mut self, len: Option<usize>) -> Result<Parts<'a>, Unfoldable> {
        self.number(len.ok_or(Unfoldable)? as u64);
        Ok(Parts { whole: self, next: 0 })
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'a>, Unfoldable> {
        Ok(Parts { whole: self, next: 0 })
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>, Unfoldable> {
        Ok(Parts { whole: self, next: 0 })
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Parts<'a>, Unfoldable> {
        self.serialize_struct_variant(name, index, variant, len)
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Parts<'a>, Unfoldable> {
        self.serialize_seq(len)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>, Unfoldable> {
        Ok(Parts { whole: self, next: 0 })
    }

    fn serialize_struct_variant(
        mut self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Parts<'a>, Unfoldable> {
        self.number(u64::from(index));
        let place = self.place.part(u64::from(index));
        Ok(Parts { whole: Write { place, ..self }, next: 0 })
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// The parts of something, one after the other.
pub(super) struct Parts<'a> {
    whole: Write<'a>,
    next: u64,
}

impl Parts<'_> {
    fn part<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfoldable> {
        value.serialize(self.whole.at(self.next))?;
        self.next += 1;
        Ok(())
    }
}

macro_rules! parts {
    ($($trait:ident::$name:ident),*) => {
        $(impl $trait for Parts<'_> {
            type Ok = ();
            type Error = Unfoldable;

            fn $name<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfoldable> {
                self.part(value)
            }

            fn end(self) -> Result<(), Unfoldable> {
                Ok(())
            }
        })*
    };
}

parts!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

macro_rules! fields {
    ($($trait:ident),*) => {
        $(impl $trait for Parts<'_> {
            type Ok = ();
            type Error = Unfoldable;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, _: &'static str, value: &T) -> Result<(), Unfoldable> {
                self.part(value)
            }

            fn end(self) -> Result<(), Unfoldable> {
                Ok(())
            }
        })*
    };
}

fields!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Unfoldable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unfoldable> {
        self.part(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfoldable> {
        self.part(value)
    }

    fn end(self) -> Result<(), Unfoldable> {
        Ok(())
    }
}
